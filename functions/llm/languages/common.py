"""What sentences of refusals have in common, as patterns for folded ones in all languages."""

# What says no, or too much.
DENIES = (
    r"\b(?:not?|cannot|n't|can't|unable|illegib\w+|unread\w+|blur\w+|blank|empty|nothing"
    r"|decline|too|poor|insuffic\w+|ilegib\w+|borros\w+|vaci[ao]|ningun\w*|nada|sin|demasiado"
    r"|muy|insufic\w+|nao|nenhum\w*|sem|ilegive\w+|vazi[ao]|desfocad\w+|muito|ne|n'\w+"
    r"|pas|aucune?|illisib\w+|flou\w*|vide|impossible|imposible|trop|insuff\w+|nicht|kein\w*"
    r"|unleserlich|unscharf|leer|unmoglich|zu|unzureichend|non|nessun\w*|alcun\w*|illeggibil\w+"
    r"|sfocat\w+|vuot[ao]|impossibile|troppo)\b"
)

# Who cannot, or what cannot be done.
FIRST_PERSON = (
    r"\b(?:i|me|yo|tengo|tenho|puedo|podre|podido|pude|logro|eu|posso|consigo"
    r"|pude|je|j|moi|m|ich|mir"
    r"|io|riesco|sono|mi|unable|(?:im)?possible|imposible|posible|possivel"
    r"|impossivel|(?:im)?possibile"
    r"|(?:un)?moglich|poder|poter|pouvoir|possa)\b"
)

# What keeps an image from being read, or was not attached.
FAULTS = (
    r"\b(?:(?:blank|empty|white) (?:page|image|sheet|document)|(?:pagina|imagen|imagem|hoja)"
    r" e[nm] b[lr]anco|page (?:blanche|vide)|leere[sn]? (?:seite|bild|blatt)"
    r"|pagina (?:bianca|vuota))\b|"
    r"\b(?:\w*(?:legib|legiv|lisib|leggib|lesbar|leserlich|readab|resol|qualit|risoluz"
    r"|auflos)\w*|calidad|qualidade|clear\w*|unclear|nitid\w*|attach\w*|upload\w*|adjunt\w*"
    r"|anexad\w*|joint\w?|allegat\w*|hochgeladen|angehangt|blur\w*|borros\w*|desfoc\w*"
    r"|flou\w*|unscharf|sfocat\w*|transcri\w+|trascri\w+|transkri\w+|(?:no|any|ningun|nenhum"
    r"|aucun|pas de|kein\w*|alcun|nessun|contain|contiene|contem|conten\w+"
    r"|contenir|enthalt\w*)(?: \w+)? (?:text\w?"
    r"|testo))\b"
)

# What somebody is asked to do.
TASKS = (
    r"\b(?:help|assist|comply|request|task|ayud\w+|asist\w+|solicitud|peticion|tarea|ajud\w+"
    r"|solicitacao|pedido|tarefa|aid(?:er|e)|assister|demande|requete|tache|helfen|weiterhelfen"
    r"|behilflich|unterstutz\w+|anfrage|aufgabe|aiut\w+|richiesta|compito)\b"
)

# Who writes for others, as no model does.
WE = (
    r"\b(?:we|our|nosotros|nuestr\w+|lamentamos|podemos|nous|notre|wir|unser\w*|noi|nostr\w+"
    r"|possiamo|noss[ao]s?)\b"
)

# What a model is given.
IMAGES = (
    r"\b(?:imagens|immagini|image|picture|photo|scan|screenshot|page|document"
    r"|file|pdf|text|handwriting"
    r"|imagen(?:es)?|foto|pagina|documento|archivo|texto|escritura|imagem|arquivo"
    r"|caligrafia|fichier"
    r"|texte|ecriture|bild\w*|seite|dokument\w*|datei|schrift|handschrift|immagine|testo"
    r"|grafia|transcri\w+|trascri\w+|transkri\w+)s?\b"
)

# "This page intentionally left blank" is what a page prints; what somebody said is of a story.
OF_PAGE = (
    r"\b(?:intention|intencion|intenzion|absichtlich|on purpose|next page"
    r"|following page|in the original|a proposito|de proposito|bewusst|(?:said"
    r"|wrote|asked|replied|dijo|respondio|escribio|disse|respondeu|escreveu|dit|repondit"
    r"|ecrivit|sagte|antwortete|schrieb|rispose|scrisse)\b)"
)

"""What models and people say in French."""

from functions.llm.languages.phrases import AFTER_SORRY, UP_TO_FIVE_WORDS, Phrases

_SORRY = (
    r"(?:(?:je suis|nous sommes) (?:vraiment |sincerement |tres )?(?:desolee?s?"
    r"|navree?s?)|desolee?|navree?|(?:veuillez m'|je m')?excuse[zr]?(?:-moi)?"
    r"|toutes mes excuses"
    r"|je vous prie de m'excuser|(?:je )?regrette|pardon)"
)
_LEAD = (
    rf"(?:(?:{_SORRY}{AFTER_SORRY}|malheureusement,? |cependant,? |toutefois,? "
    r"|mais |il semble que |on dirait que |en tant qu[e'] ?(?:\w+ )?(?:modele"
    r"|assistant|ia|intelligence)[^,.]*, ))*"
)
_CANNOT = (
    r"(?:je crains de ne pas pouvoir |je ne (?:peux|pourrai|pourrais|puis|parviens|suis|reussis"
    r"|arrive|sais)(?: malheureusement)? ?(?:pas|donc pas|plus)?(?: (?:a"
    r"|capable (?:de |d')|en mesure (?:de |d')|autorisee? a|apte a))?"
    r"|je n'(?:arrive pas a|ai pas (?:pu|la (?:capacite|possibilite) (?:de "
    r"|d')|reussi a|ete en mesure (?:de |d')))"
    r"|il (?:ne )?m'est (?:pas possible|impossible) (?:de |d')"
    r"|je suis (?:malheureusement )?(?:dans l'incapacite|incapable) (?:de "
    r"|d')|(?:il est|il m'est) impossible (?:de |d')|impossible (?:de "
    r"|d'))"
)
_ACT = (
    r"(?:(?:vous |t'|te |y |l'|le |la |les |en )?(?:transcrire"
    r"|lire|voir|traiter|visualiser|acceder|analyser|extraire|fournir"
    r"|identifier|reconnaitre|dechiffrer|completer|repondre"
    r"|aider|assister|interpreter|distinguer|ouvrir|realiser|generer"
    r"|proposer|detecter|decrire|faire|effectuer|satisfaire))"
)
_OBJ = (
    r"(?:,? (?:a|avec|dans|sur|pour))?(?: (?:ce|cette|cela|ca|celle-ci"
    r"|votre|la|ceci))?(?: (?:demande|requete|tache))?"
)
_GIVEN = (
    r"(?:images?|photos?|photographies?|captures?|numerisations?"
    r"|pages?|documents?|fichiers?|pdf|pieces? jointes?|textes?"
    r"|contenus?|ecriture|transcription|demande|requete)\b"
)
_IMAGE = (
    r"(?:image|photo|photographie|capture(?: d'ecran)?|page|document"
    r"|fichier|numerisation|scan|pdf)"
)
_THE = r"(?:l'|la |le |cette |ce |votre )"
_FAULTY = (
    r"(?:flou\w*|illisib\w+|trop (?:sombre|petit\w*|bas\w*|clair\w*"
    r"|flou\w*|pixellis\w+)|blanche?|vide|vierge|endommag\w+|corrompu\w*"
    r"|pixelis\w+|pixellis\w+"
    r"|(?:basse|faible|mauvaise) (?:resolution|qualite)|(?:entierement"
    r"|completement) (?:noir|blanc|sombre)\w*|pas (?:\w+ ){0,4}?(?:texte"
    r"|lisibles?|nette?|mots?|contenu|suffisa\w+)"
    r"|aucun (?:\w+ )?(?:texte|mot|contenu)|ne (?:peut|peuvent) (?:pas )?etre "
    r"(?:lu|transcri)\w*)"
)
_TEXT = r"(?:(?:aucun|de|d'autre|le) )?(?:texte|mots?|ecriture|contenu(?: textuel)?)"
_WHERE = rf"(?:dans|sur) {_THE}{_IMAGE}"
PHRASES = Phrases(
    sorry=_SORRY,
    generic=(
        rf"{_LEAD}{_CANNOT} ?{_ACT}?{_OBJ}[.!]*$|{_LEAD}{_CANNOT} ?(?:vous "
        r"|t')?(?:aider|assister) (?:avec (?:cela|ca|cette|ceci)|a ce"
        r"|dans cette)\b(?: demande| requete| tache)?[.!?,;]"
    ),
    refusals=(
        rf"{_LEAD}{_CANNOT} ?(?:\w+ )?{_ACT}{UP_TO_FIVE_WORDS}(?:\w')?{_GIVEN}",
        (
            rf"{_LEAD}{_CANNOT} ?(?:vous |t')?(?:aider|assister)\b[^.!?]*?\b(?:{_GIVEN}"
            r"|transcri\w+|lire)"
        ),
        rf"{_LEAD}je n'ai pas (?:la capacite|acces|la possibilite)\b.{{0,40}}\b{_GIVEN}",
        rf"{_LEAD}je (?:dois|me vois contrainte? de) (?:refuser|decliner)\b",
        (
            r"(?:je (?:ne )?suis (?:qu')?|en tant qu[e'] ?)(?:une? )?(?:modele (?:de langage"
            r"|linguistique|d'ia)|assistant (?:d'ia|ia|virtuel)|ia|intelligence artificielle)\b"
        ),
        (
            rf"{_LEAD}(?:cette demande|ce contenu|{_THE}{_IMAGE}) (?:\w+ ){{0,4}}?(?:enfreint"
            r"|viole|est protegee? par (?:le droit|des droits|copyright))\b"
        ),
    ),
    claims=(
        (
            rf"{_LEAD}(?:veuillez|merci de) (?:me )?(?:fournir|telecharger|envoyer"
            rf"|joindre|partager) "
            rf"(?:{_THE}|une |un ){_IMAGE}\b[^.!?]{{0,40}}?\b(?:transcri\w+|lire|lise"
            rf"|extrai\w+)\b"
        ),
        (
            rf"{_LEAD}(?:(?:le texte|l'ecriture|la qualite|la resolution"
            rf"|le contenu)(?: \w+)? (?:de |sur |dans "
            rf"|du ))?{_THE}{_IMAGE}\b.{{0,80}}?\b{_FAULTY}"
        ),
        (
            rf"{_LEAD}(?:le texte|l'ecriture)\b.{{0,30}}?\b(?:illisible|flou\w*"
            r"|pas lisible|trop (?:petit|flou)\w*)"
        ),
        rf"{_LEAD}{_THE}{_IMAGE} (?:fourni|joint|envoye|televerse|telecharge|partage)e?\b",
        (
            rf"{_LEAD}{_THE}{_IMAGE} que (?:vous avez|tu as|vous m'avez|tu m'as) (?:fourni"
            r"|joint|envoye|televerse|telecharge|partage)e? (?:est|semble"
            r"|montre|contient|ne)\b"
        ),
        (
            rf"{_LEAD}(?:il n'y a|je ne (?:vois|trouve|detecte|distingue"
            r"|peux voir|parviens a voir)|on ne (?:voit|distingue)) (?:pas "
            rf"|aucun |pas d[e'] ?)*{_TEXT}\b(?: (?:visible|lisible|reconnaissable"
            rf"|a transcrire|que je|a lire|a extraire)| {_WHERE}|[.!]*$)"
        ),
        (
            rf"{_LEAD}aucun (?:texte|mot|contenu textuel)(?: (?:visible|lisible))? (?:n'est"
            rf"|n'a|n'apparait|ne|visible|{_WHERE})"
        ),
        (
            rf"{_LEAD}(?:je ne (?:vois|trouve|recois) (?:pas |aucune? )+(?:d[e'] ?"
            r"|l'|votre )?|aucune? |il n'y a (?:pas d'|aucune? )|vous n'avez (?:pas "
            r"|joint )+(?:fourni |joint |envoye )?(?:d'|l')?)(?:image|photo"
            r"|fichier|piece jointe|document)\b"
        ),
    ),
    empty=(
        rf"(?:{_THE}{_IMAGE}(?: fournie?)? (?:est (?:completement |entierement "
        r"|totalement )?(?:vide|vierge|blanche?)|ne (?:contient|comporte"
        r"|presente|montre) (?:aucun|pas de) texte(?: visible)?)"
        rf"|il n'y a (?:aucun|pas de) texte(?: visible)?(?: {_WHERE})?"
        rf"|aucun texte(?: (?:visible|n'est (?:visible|present)))?(?: {_WHERE})?)[.!]*"
    ),
    hedges=r"\b(?:semble|parait|puisse|peut|lisible)\b",
    description=(
        r"(?:l'|cette |la )(?:image|photo|photographie) (?:montre|est|contient"
        r"|presente|represente) (?:une?|deux|plusieurs) "
    ),
    courtesy=(
        r"(?:n'hesite[sz]?|dites-moi|dis-moi|faites-moi|fais-moi|si vous (?:avez"
        r"|souhaitez|voulez)|si tu (?:as|veux)|j'espere que|souhaitez-vous"
        r"|avez-vous besoin)"
    ),
    speaking=r"je|j|nous|notre|nos|mon|ma|mes|vous|votre|cher|chere|bonjour|monsieur|madame",
)

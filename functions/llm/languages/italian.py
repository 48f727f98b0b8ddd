"""What models and people say in Italian."""

from functions.llm.languages.phrases import AFTER_SORRY, UP_TO_FIVE_WORDS, Phrases

_SORRY = (
    r"(?:mi (?:dispiace|spiace|scuso|rincresce)(?: (?:molto|davvero))?"
    r"|(?:sono )?spiacente|scus[ai]|scusate|chiedo scusa|ci dispiace"
    r"|sono desolat[oa]|le mie scuse)"
)
_LEAD = (
    rf"(?:(?:{_SORRY}(?: (?:per (?:l'inconveniente|il disagio)|dover dire"
    rf"|informar\w+)(?: che)?)?{AFTER_SORRY}|purtroppo,? |sfortunatamente,? "
    r"|tuttavia,? |ma |pero |che |sembra che |temo (?:di |che )|(?:come|in quanto"
    r"|essendo) (?:un |una |un')?(?:modello|assistente|intelligenza"
    r"|ia)[^,.]*, ))*"
)
_CANNOT = (
    r"non (?:mi )?(?:posso|potrei|potro|ho potuto|e possibile|sono in grado di"
    r"|sono capace di|ho (?:la )?(?:capacita|possibilita) di|riesco a"
    r"|sono riuscit[oa] a|devo|sono autorizzat[oa] a|si puo)"
)
_ACT = (
    r"(?:(?:trascriv|legg|ved|elabor|visualizz|acced|analizz|estra"
    r"|forni|identific|riconosc|decifr|complet|soddisf|aiut|assist"
    r"|interpret|distingu|apri|esegu|gener|offri|rilev"
    r"|descriv|far)(?:ere|ire|are|rre|re|er|ar|ir|r|e)?(?:lo|la|le|ti|vi|la|li|gli|telo)?)"
)
_OBJ = (
    r"(?:,? (?:con|in|a|di|per))?(?: (?:questo|questa|cio|la|quello"
    r"|tua|sua))?(?: (?:tua |sua )?(?:richiesta|compito|cosa|attivita))?"
)
_GIVEN = (
    r"(?:immagin[ei]|foto|fotografi[ae]|schermat[ae]|scansion[ei]"
    r"|pagin[ae]|document[oi]|file|pdf|allegat[oi]|test[oi]|contenut[oi]"
    r"|grafia|scrittura|calligrafia|trascrizione|richiesta)\b"
)
_IMAGE = r"(?:immagine|foto|fotografia|schermata|pagina|documento|file|scansione|pdf)"
_THE = r"(?:l'|la |il |lo |questa |questo |quest'|tua |la tua |la sua )"
_FAULTY = (
    r"(?:sfocat\w+|sfuocat\w+|illeggibil\w+|mossa|(?:troppo|molto) (?:scur\w+"
    r"|piccol\w+|bass\w+|chiar\w+|sfocat\w+|sgranat\w+)|vuot[ao]"
    r"|bianc[ao]|danneggiat\w+|corrott\w+|sgranat\w+"
    r"|(?:bassa|scarsa|cattiva) (?:risoluzione|qualita)|completamente (?:ner"
    r"|bianc|scur)\w+|non (?:\w+ ){0,4}?(?:testo|leggibil\w+|leggere"
    r"|parol\w+|scritt\w+|nitid\w+|contenuto|sufficient\w+)|senza testo"
    r"|alcun testo|nessun testo|non (?:sia|e) stat[ao] (?:caricat|allegat)[ao])"
)
_TEXT = (
    r"(?:(?:nessun|alcun|alcuna|altro|il) )?(?:testo|parol[ae]"
    r"|scritt[ae]|contenuto(?: testuale)?)"
)
_WHERE = rf"(?:nell'|nella |nel |in |sulla |sull'|su |in questa |nella tua )(?:questa )?{_IMAGE}"
PHRASES = Phrases(
    sorry=_SORRY,
    generic=(
        rf"{_LEAD}{_CANNOT}(?: {_ACT})?{_OBJ}[.!]*$|{_LEAD}{_CANNOT} (?:aiutar"
        r"|assister)\w* (?:con|in) (?:questo|questa|cio|quello)\b(?: richiesta"
        r"| compito)?[.!?,;]"
    ),
    refusals=(
        rf"{_LEAD}{_CANNOT}(?: \w+)? {_ACT}{UP_TO_FIVE_WORDS}(?:\w+')?{_GIVEN}",
        rf"{_LEAD}{_CANNOT} (?:aiutar|assister)\w*\b[^.!?]*?\b(?:{_GIVEN}|trascri\w+|legger\w*)",
        rf"{_LEAD}non ho (?:la )?(?:capacita|accesso|possibilita)\b.{{0,40}}\b{_GIVEN}",
        rf"{_LEAD}(?:devo|sono costrett[oa] a) (?:rifiutare|declinare)\b",
        (
            r"(?:sono|come|in quanto) (?:solo )?(?:un |una |un')?(?:modello (?:linguistico"
            r"|di linguaggio|di ia)|assistente (?:ia|di ia|virtuale)|ia"
            r"|intelligenza artificiale)\b"
        ),
        (
            rf"{_LEAD}(?:questa richiesta|questo contenuto|{_THE}{_IMAGE}) (?:\w+ ){{0,4}}?"
            r"(?:viola|e protett\w+ da (?:copyright|diritti))\b"
        ),
    ),
    claims=(
        (
            rf"{_LEAD}(?:per favore,? )?(?:fornisci|carica|invia|allega|condividi"
            rf"|fornire|caricare"
            rf"|inviare|allegare)\w*(?: mi)? (?:{_THE}|una |un'){_IMAGE}\b[^.!?]{{0,40}}?"
            r"\b(?:trascri\w+|legg\w+|estra\w+)\b"
        ),
        (
            rf"{_LEAD}(?:(?:il testo|la grafia|la qualita|la risoluzione"
            r"|il contenuto|la scrittura)(?: \w+)? (?:d[ei]ll['ao]? ?|nell['ao]? ?"
            rf"|del |nel |in |di ))?{_THE}{_IMAGE}\b.{{0,80}}?\b{_FAULTY}"
        ),
        (
            rf"{_LEAD}(?:il testo|la grafia|la scrittura|la calligrafia)\b.{{0,30}}?\b"
            r"(?:illeggibil\w+|sfocat\w+|non (?:e|risulta) leggibil\w+"
            r"|troppo (?:piccol|sfocat)\w+)"
        ),
        rf"{_LEAD}{_THE}{_IMAGE} (?:fornit|allegat|caricat|inviat|condivis)[ao]\b",
        (
            rf"{_LEAD}{_THE}{_IMAGE} che (?:mi )?(?:hai|ha|avete) (?:fornito"
            r"|allegato|caricato|inviato|condiviso)\w? (?:e|sembra|mostra"
            r"|contiene|non|appare)\b"
        ),
        (
            rf"{_LEAD}non (?:c'e|ci sono|vedo|trovo|rilevo|riesco a (?:vedere"
            r"|trovare|individuare)|si vede|si vedono|contiene|sembra (?:esserci"
            rf"|contenere)|e (?:presente|visibile|stato rilevato)|appare) {_TEXT}\b(?: "
            r"(?:visibile|leggibile|riconoscibile|che (?:possa|io possa)"
            rf"|da (?:trascrivere|leggere|estrarre))| {_WHERE}|[.!]*$)"
        ),
        (
            rf"{_LEAD}(?:nessun testo|nessuna parola)(?: (?:visibile|leggibile))?(?: "
            rf"(?:e|presente|rilevato)\b| {_WHERE}|[.!]*$)"
        ),
        (
            rf"{_LEAD}(?:non (?:vedo|c'e|trovo|ho ricevuto|hai (?:allegato"
            r"|caricato|fornito)|ha (?:allegato|caricato|fornito)|e stata (?:allegata"
            r"|caricata|fornita)) (?:nessun[ao']? ?|alcun[ao']? ?|l'|la "
            r"|un'|una )|nessuna )(?:immagine|foto|file|allegato|documento)\b"
        ),
    ),
    empty=(
        rf"(?:{_THE}{_IMAGE}(?: fornit[ao])? (?:e (?:completamente |totalmente )?(?:vuot[ao]"
        r"|bianc[ao])|non (?:contiene|ha|mostra|presenta) (?:alcun "
        r"|nessun )?testo(?: visibile)?)"
        rf"|non (?:c'e|e presente) (?:alcun |nessun )?testo(?: visibile)?(?: {_WHERE})?"
        rf"|nessun testo(?: (?:visibile|presente))?(?: {_WHERE})?)[.!]*"
    ),
    hedges=r"\b(?:sembra|pare|possa|puo|leggibile)\b",
    description=(
        r"(?:l'|questa |la )(?:immagine|foto|fotografia) (?:mostra|e|contiene"
        r"|presenta|raffigura) (?:una? |uno |un'|due )"
    ),
    courtesy=(
        r"(?:fammi sapere|mi faccia sapere|fatemi sapere|se (?:hai"
        r"|ha|vuoi|desideri|desidera) |spero (?:che|di)|posso aiutarti"
        r"|vuoi che|c'e altro|non esitare)"
    ),
    speaking=r"io|noi|nostr\w+|mio|mia|miei|vi|gentile|car[oaie]|egregi\w*|ciao|salve|lei",
)

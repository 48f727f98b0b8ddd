"""What models and people say in German."""

from functions.llm.languages.phrases import AFTER_SORRY, Phrases

_SORRY = (
    r"(?:(?:es )?tut mir (?:sehr |wirklich )?leid|(?:ich )?(?:bedaure"
    r"|bedauere)|entschuldig(?:ung|en sie(?: bitte)?|e(?: bitte)?)"
    r"|verzeihung|ich (?:bitte um|muss mich) entschuldig\w+|sorry"
    r"|(?:es )?tut uns leid)"
)
_LEAD = (
    rf"(?:(?:{_SORRY}{AFTER_SORRY}|leider |jedoch |allerdings |aber |dass "
    r"|es (?:scheint|sieht so aus),? (?:als ob |dass )?|als (?:ki"
    r"|sprachmodell|ai|kunstliche|assistent)\w*(?:-\w+)*[^,.]*?(?:,"
    r"| (?=kann|bin|habe)) ?))*"
)
_CAN = r"(?:ich (?:kann|konnte|darf|werde)|(?:kann|konnte|darf) ich)"
_ACT = (
    r"(?:transkribier\w*|(?:vor|ab)?les\w*|gelesen|erkenn\w*|verarbeit\w*"
    r"|(?:an)?(?:zu)?seh\w*|anzeig\w*|zugreif\w*|analysier\w*|extrahier\w*"
    r"|bereitstell\w*|identifizier\w*"
    r"|entziffer\w*|ausfuhr\w*|erfull\w*|helf\w*|weiterhelf\w*"
    r"|behilflich|unterstutz\w*|interpretier\w*|offn\w*|beschreib\w*"
    r"|ausles\w*|wiedergeb\w*|abtipp\w*|durchfuhr\w*|finden|feststell\w*"
    r"|tun|machen)"
)
_GIVEN = (
    r"(?:\w*bild\w{0,2}|foto\w*|aufnahme|screenshot|scans?|seite\w?"
    r"|dokument\w*|datei\w*|pdf|anhang|text\w*|inhalt\w*|handschrift"
    r"|schrift|transkription|anfrage|transkri\w+)\b"
)
_IMAGE = r"(?:bild(?:es|e|s)?|foto|aufnahme|screenshot|scan|seite|dokument(?:s|es)?|datei|pdf)"
_THE = r"(?:das|dieses|dein|ihr|die|diese|deine|ihre|der|dieser|dem|diesem)"
_FAULTY = (
    r"(?:unscharf|verschwommen|unleserlich|(?:zu|sehr) (?:dunkel"
    r"|klein|niedrig|hell|gering|unscharf|verpixelt|undeutlich)"
    r"|leer|beschadigt|nicht (?:richtig|korrekt|vollstandig) (?:hochgeladen"
    r"|geladen)|verpixelt|(?:niedrige|geringe|schlechte) (?:auflosung"
    r"|qualitat)"
    r"|(?:komplett|vollstandig|ganz) (?:schwarz|weiss)|kein(?:en"
    r"|e|erlei)? (?:\w+ ){0,3}?(?:text|worter|inhalt|schrift)\w*"
    r"|nicht (?:\w+ ){0,3}?(?:lesbar|leserlich|erkennbar|lesen"
    r"|entziffern|scharf|deutlich|ausreichend)|urheberrecht\w*)"
)
_TEXT = (
    r"(?:(?:sichtbaren?|lesbaren?|erkennbaren?|weiteren?) )*(?:text"
    r"|worter|schrift|inhalte?|textinhalt)"
)
_WHERE = rf"(?:auf|in) {_THE} (?:\w+ )?{_IMAGE}"
_NOTHING = r"(?:keinen|keine|kein|keinerlei)"
PHRASES = Phrases(
    sorry=_SORRY,
    generic=(
        rf"{_LEAD}(?:{_CAN}|ich bin) (?:(?:dir|ihnen|ihre|deine|dieser"
        r"|diese|das|dies|dabei|damit|hierbei|leider|daher|aber|da"
        r"|hier|bei|mit|anfrage|aufgabe|wunsch|bitte) )*nicht"
        r"(?: (?:in der lage|dabei|damit|weiter|bei|mit|dieser|ihrer"
        rf"|deiner|anfrage|aufgabe|diese|das|dies|zu))*,?(?: {_ACT})?[.!?,;]*(?: konnen)?$"
    ),
    refusals=(
        rf"{_LEAD}{_CAN}(?=[^.!?]*\b(?:nicht|kein\w*)\b)(?=[^.!?]*\b{_GIVEN})[^.!?]*\b{_ACT}",
        (
            rf"{_LEAD}(?:ich bin|bin ich)(?: \w+)? (?:nicht (?:in der lage"
            rf"|fahig|befugt)|ausserstande)(?=[^.!?]*\b{_GIVEN})[^.!?]*\b{_ACT}"
        ),
        (
            rf"{_LEAD}(?:es ist )?(?:mir )?(?:ist es )?(?:leider )?(?:mir )?"
            rf"nicht moglich\b[^.!?]*\b{_GIVEN}"
        ),
        (
            rf"{_LEAD}(?:ich )?habe (?:ich )?(?:keinen zugriff|nicht die (?:fahigkeit"
            rf"|moglichkeit)|keine moglichkeit)\b.{{0,60}}\b{_GIVEN}"
        ),
        rf"{_LEAD}(?:ich )?muss (?:ich )?[^.!?]{{0,60}}\bablehnen\b",
        (
            r"(?:ich bin|als) (?:nur )?(?:ein |eine )?(?:(?:textbasiert\w+"
            r"|gross\w+) )?(?:ki(?:-\w+)?|sprachmodell|ai|kunstliche intelligenz"
            r"|ki-modell|assistent)\b[^.!?]{0,80}\b(?:ich|kann|bin)\b"
        ),
        (
            rf"{_LEAD}(?:diese anfrage|dieser inhalt"
            rf"|{_THE} {_IMAGE}) (?:\w+ ){{0,4}}?(?:verstosst"
            r"|verletzt|ist urheberrechtlich)\b"
        ),
    ),
    claims=(
        (
            rf"{_LEAD}bitte (?:laden|senden|schicken|stellen|fugen|teilen|lade|sende"
            rf"|schicke|schick|teile) "
            rf"(?:sie )?(?:mir )?(?:{_THE}|ein"
            rf"|eine) {_IMAGE}\b[^.!?]{{0,40}}?\b(?:transkribier\w+"
            r"|lesen|lese|auslesen|extrahier\w+)\b"
        ),
        (
            rf"{_LEAD}(?:(?:der text|die schrift|die handschrift|die qualitat"
            r"|die auflosung|der inhalt|die bildqualitat)(?: \w+)? )?(?:(?:auf"
            rf"|in|von) )?{_THE} (?:\w+ )?{_IMAGE}\b.{{0,80}}?\b{_FAULTY}"
        ),
        (
            rf"{_LEAD}(?:der text|die schrift|die handschrift|die bildqualitat)\b.{{0,30}}?\b"
            r"(?:unleserlich|unscharf|verschwommen|nicht (?:lesbar|leserlich)"
            r"|zu (?:klein|unscharf|schlecht|gering))"
        ),
        (
            rf"{_LEAD}{_THE} (?:bereitgestellte|hochgeladene|angehangte|vorliegende"
            rf"|gesendete|ubermittelte)[nrs]? {_IMAGE}\b"
        ),
        (
            rf"{_LEAD}{_THE} {_IMAGE},? (?:das|die|den) (?:du|sie)(?: mir)? (?:hochgeladen"
            r"|geschickt|gesendet|bereitgestellt|angehangt) (?:hast|haben)\b"
        ),
        (
            rf"{_LEAD}(?:(?:{_WHERE}|hier|es|da|dort) (?:ist|sind|gibt es"
            r"|befindet sich|befinden sich|lasst sich|gibt|kann ich)|ich (?:sehe"
            rf"|finde|erkenne|kann)(?: {_WHERE})?|es gibt(?: {_WHERE})?) (?:\w+ ){{0,2}}?"
            rf"{_NOTHING} {_TEXT}\b"
            r"(?:[^.!?]{0,30}\b(?:sichtbar|lesbar|vorhanden|erkennen"
            rf"|erkennbar|zu (?:sehen|finden|erkennen|transkribieren))| {_WHERE}"
            r"|[.!]*$)"
        ),
        (
            rf"{_LEAD}(?:ich sehe|ich kann|es wurde|es ist|sie haben|du hast"
            rf"|ich habe)(?: \w+)? (?:{_NOTHING}) (?:bild|foto|datei|anhang"
            r"|dokument|aufnahme)\b"
        ),
    ),
    empty=(
        rf"(?:{_THE} {_IMAGE} (?:ist (?:komplett |vollstandig |vollig "
        rf"|ganz )?leer|(?:enthalt|zeigt|hat) {_NOTHING} (?:sichtbaren? )?text)"
        rf"|(?:{_WHERE} (?:ist|gibt es|befindet sich)|es (?:ist|gibt"
        rf"|befindet sich)) {_NOTHING} (?:sichtbarer |sichtbaren )?text(?: {_WHERE})?"
        rf"(?: (?:vorhanden|sichtbar|zu sehen))?|kein (?:sichtbarer )?text(?: {_WHERE})?"
        r"(?: (?:vorhanden|sichtbar|zu sehen))?)[.!]*"
    ),
    hedges=r"\b(?:scheint|scheinen|offenbar|kann|lesbar\w*|erkennbar\w*)\b",
    description=(
        r"(?:das|dieses) (?:bild|foto) (?:zeigt|ist|enthalt|stellt) (?:eine?|einen|zwei|mehrere) "
    ),
    courtesy=(
        r"(?:lassen sie|lass (?:es )?mich|soll ich|sag(?:en sie)? mir|wenn (?:du"
        r"|sie)|falls (?:du|sie)|ich hoffe|kann ich (?:sonst|noch|ihnen"
        r"|dir)|mochtest du|mochten sie|gerne? (?:kann|helfe) ich)"
    ),
    speaking=r"ich|wir|mein\w*|unser\w*|mich|mir|uns|ihnen|liebe[rs]?|hallo|geehrte\w*",
)

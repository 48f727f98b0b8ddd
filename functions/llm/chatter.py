"""What a model says to whoever asked, before and after a page's text.

"Here is the transcription of the page:" is no part of the page; "Here is the list that you asked for:"
is. So a preface must consist of nothing but the words of such sentences, in whichever language, and a
note must be about transcribing, or about the image. Courtesy ("Let me know if …") is taken off only
where nobody on the page speaks to anybody.
"""

import re

from functions.llm import words

_LONGEST_PREFACE, _LONGEST_NOTE = 300, 800
_PREFACE_END = re.compile(r":(?=[\s`*_\"“]|\Z)|[.!](?=\s)|\n")
_QUOTED = re.compile(r"[\"“«„](.*)[\"”»“]", re.DOTALL)

_TRANSCRIBING = ("transcri", "trascri", "transkri", "extract", "extrai", "estratt", "ocr")
_ASSENT = set(
    "sure certainly course absolutely okay ok alright yes great thing problem got claro supuesto desde luego gusto entendido"
    " vale com certeza certo pois perfeitamente bien sur certainement accord avec plaisir volontiers voila naturlich gerne gern"
    " selbstverstandlich sicher klar certamente va bene volentieri".split()
)
_HERE = set(
    "here below following follows aqui continuacion abaixo segue seguir seguinte siguiente seguida eis voici voila dessous suivant"
    " suivante hier nachfolgend folgenden folgende folgender folgt ecco seguito seguente reads lauten lautet dice diz dit".split()
)
_TEXT = set(
    "text texts content contents texto textos contenido conteudo texte contenu testo contenuto inhalt textinhalt".split()
)
_IMAGE = set(
    "image picture photo photograph screenshot scan page document file imagen foto fotografia captura pagina documento archivo"
    " imagem digitalizacao arquivo fichier photographie bild bildes bilds seite dokument dokuments datei scans immagine scansione"
    " schermata pdf images pages paginas imagenes imagens bilder seiten immagini pagine".split()
)
_OTHERS = set(
    """
    scanned shared sent supplied above complete is are s the a an of from in on this that it i ve have has been as with and all you your by to into for go which was were
    only just exactly exact full complete entire whole plain raw visible readable printed extracted provided given uploaded
    attached found contains appears appear seen shown written transcribed verbatim order reading markdown format formatted
    preserving preserved layout original be result results output based looking according per request requested
    esta este es el la las los lo de del en que se al su tu todo toda completo completa visible extraido extraida exacta
    exacto literal proporcionada proporcionado adjunta tienes contiene aparece he orden lectura formato tal como presenta muestra
    va una un y texto
    o os as do da dos das no na nesta neste deste desta em e um uma todo completa extraida extraido visivel fornecida fornecido
    fiel contem apresenta eu fiz ordem leitura conforme aparece encontrado presente
    le les l un une du de des sur dans cette ce ci est j ai tout toute complet complete extrait extraite fournie fourni visible
    integrale integral exacte que vous contient figurant figure apparait ordre lecture et a
    der die das des dem den ein eine einer auf aus im in von vom ist ich habe vollstandige vollstandigen vollstandiger
    extrahierte extrahierter sichtbare sichtbarer genaue wortliche und wie steht enthalt reihenfolge bereitgestellten
    hochgeladenen dieser dieses diese hochgeladene bereitgestellte erkannte erkannter
    il lo gli i la della del dello dell dalla dal dall nell nella nel sulla sul questa questo che ho tutto completa completo
    estratto estratta fornita fornito visibile esatta contiene riporta presente qui di e integrale come appare
    """.split()
)
_PREFACE_WORDS = _ASSENT | _HERE | _TEXT | _IMAGE | _OTHERS

_NOTE = re.compile(
    r"\W*(?:please |por favor,? |bitte )?(?:note|notes|nota|notas|hinweis|anmerkung|bemerkung|remarque|observacao|observacion"
    r"|obs|disclaimer|n\.?b|beachten)\b\W*"
)
_TRANSCRIBED = re.compile(r"\b(?:transcri|trascri|transkri)\w*")
# How it was transcribed, as only whoever did so says.
_MANNER = re.compile(
    r"\b(?:as|exactly|verbatim|faithful\w*|literal\w*|image|page|scan|photo|reading order|preserv\w*|maintain\w*|retain\w*|best"
    r"|accurate\w*|imagen|pagina|tal (?:como|cual|qual)|exact\w*|fiel\w*|como|segun|conforme|imagem|tels?|telles?|fidele\w*"
    r"|bild\w*|seite|wie|wortlich|originalgetreu|genau|immagine|cosi|esatt\w*|fedel\w*|conserv\w*|manten\w*|respet\w*)\b"
)
_SEEN = re.compile(
    r"\b(?:(?:provided|given|uploaded|attached|supplied) (?:image|scan|photo|picture|screenshot|document|page)"
    r"|(?:in|on|from) the (?:image|scan|photo|picture|screenshot)|the image"
    r"|(?:la|esta) imagen|imagen proporcionada|(?:a|na|da) imagem|(?:l'|cette )image|(?:das|dem|diesem|des) bild\w*|l'immagine|nell'immagine)\b"
)
_UNREAD = re.compile(
    r"\b(?:illegib\w+|unreadab\w+|unclear|blurr\w+|hard to read|difficult to read|cut off|obscured|(?:could|can)(?:not| not|n't) be (?:read|transcri\w+|made out)"
    r"|not (?:\w+ )?(?:legible|readable)|ilegib\w+|borros\w+|no (?:\w+ ){0,2}leg(?:ib|iv)\w+|dificil(?:es)? de (?:leer|ler)|ilegive\w+|desfocad\w+|nao (?:\w+ ){0,2}legive\w+"
    r"|illisib\w+|pas (?:\w+ )?lisib\w+|flou\w*|unleserlich\w*|nicht (?:\w+ )?(?:lesbar|leserlich|erkennbar|zu lesen)|unscharf|illeggibil\w+|non (?:\w+ )?leggibil\w+|sfocat\w+)\b"
)
_FORMATTED = re.compile(
    r"\b(?:formatting|layout|line breaks|spelling|punctuation|formato|ortografia|puntuacion|pontuacao|formatacao|mise en page"
    r"|orthographe|ponctuation|formatierung|layout|rechtschreibung|formattazione|punteggiatura|impaginazione)\b.*"
    r"\b(?:preserv\w*|retain\w*|maintain\w*|kept|conserv\w*|manten\w*|mantid\w*|respect\w*|respet\w*|beibehalten|ubernommen|erhalten|rispett\w*)\b"
)
_I_DID = re.compile(
    r"\W*(?:i(?:'ve| have)?|he|eu|j'ai|ich habe|ho) (?:\w+ ){0,3}?(?:transcri\w+|trascri\w+|transkri\w+|preserved|omitted|marked|kept"
    r"|extracted|conservado|omitido|marcado|extraido|mantive|preservei|conserve|omis|marque|extrait|weggelassen|markiert|mantenuto|omesso|segnato|estratto)\b"
)
_END = re.compile(
    r"\W*(?:end of (?:the )?(?:page|transcription|document|text|image|transcript)|fin de (?:la )?(?:pagina|transcripcion|transcription|page|l'image)"
    r"|fim da (?:pagina|transcricao)|ende der (?:seite|transkription)|fine (?:della )?(?:pagina|trascrizione))\W*"
)
_COURTESY = {
    "en": r"(?:please |just |and )?(?:let me know|feel free|don't hesitate|i hope (?:this|that)|hope this|is there anything else|if you (?:need|have|would like|want|'d like)|would you like|do you (?:need|want)|happy to help|i'm happy to)",
    "es": r"(?:por favor,? )?(?:avisame|hazme saber|hagame saber|dime si|si (?:necesitas?|quieres|deseas?|tienes)|espero que (?:esto|te|le|sea|la)|no dudes|hay algo mas|¿?(?:quieres|necesitas|hay algo|te gustaria))",
    "pt": r"(?:por favor,? )?(?:se (?:precisar|quiser|desejar|tiver)|me avise|avise-me|fique a vontade|posso ajudar|ha mais alg|espero (?:ter|que)|precisa de mais|gostaria que eu)",
    "fr": r"(?:n'hesite[sz]?|dites-moi|dis-moi|faites-moi|fais-moi|si vous (?:avez|souhaitez|voulez)|si tu (?:as|veux)|j'espere que|souhaitez-vous|avez-vous besoin)",
    "de": r"(?:lassen sie|lass (?:es )?mich|sag(?:en sie)? mir|wenn (?:du|sie)|falls (?:du|sie)|ich hoffe|kann ich (?:sonst|noch|ihnen|dir)|mochtest du|mochten sie|gerne? (?:kann|helfe) ich)",
    "it": r"(?:fammi sapere|mi faccia sapere|fatemi sapere|se (?:hai|ha|vuoi|desideri|desidera) |spero (?:che|di)|posso aiutarti|c'e altro|non esitare)",
}
_COURTESIES = {language: re.compile(rf"\W*{begin}") for language, begin in _COURTESY.items()}
# What people say to each other, who may well end a letter with such words.
_SPEAKING = {
    language: re.compile(rf"\b(?:{speaking})\b")
    for language, speaking in {
        "en": "i|we|my|our|us|me|dear|hi|hello",
        "es": r"yo|nosotros|nuestr\w+|mi|mis|nos|me|le|les|usted|ustedes|estimad\w+|querid\w+|hola",
        "pt": r"eu|nos|noss\w+|meu|minha|me|lhe|voce|prezad\w+|querid\w+|ola",
        "fr": r"je|j|nous|notre|nos|mon|ma|mes|vous|votre|cher|chere|bonjour|monsieur|madame",
        "de": r"ich|wir|mein\w*|unser\w*|mich|mir|uns|ihnen|liebe[rs]?|hallo|geehrte\w*",
        "it": r"io|noi|nostr\w+|mio|mia|miei|vi|gentile|car[oaie]|egregi\w*|ciao|salve|lei",
    }.items()
}
_ABOUT_READING = re.compile(
    r"\b(?:transcri\w+|trascri\w+|transkri\w+|image\w*|imagen\w*|imagem|immagin\w+|bild\w*|(?:an)?other pages?|translat\w+|traduc\w+"
    r"|traduz\w+|tradu\w+|ubersetz\w+|format\w*|summar\w+|ocr)\b"
)
_RULE = re.compile(r"(?:\n|\A)\s*(?:-{3,}|\*{3,}|_{3,})\s*\Z")


def remove_preface(text: str) -> str:
    """The text without first sentences in which the model says what follows."""
    head = text[:_LONGEST_PREFACE]
    for end in reversed([found.end() for found in _PREFACE_END.finditer(head)]):
        if _is_preface(head[:end], text[end:].lstrip(" ")[:1]) or _is_before_fence(text, end):
            after = text[end:].strip().lstrip("*_").lstrip()
            quoted = _QUOTED.fullmatch(after)
            # Between a preface and the text there may be a rule, and then one after it.
            is_ruled = _RULE.search(text[:end]) is not None
            return quoted[1].strip() if quoted else _RULE.sub("", after) if is_ruled else after
    return text


def _is_preface(sentences: str, following: str) -> bool:
    """Whether words up to some point say that a text follows; nothing but such words may do."""
    found = set(words.words_of(words.fold(sentences)))
    transcribing = {word for word in found if word.startswith(_TRANSCRIBING)}
    if not found - transcribing <= _PREFACE_WORDS:
        return False
    is_colon = sentences.rstrip(" *_\n").endswith(":")
    if not is_colon and following not in ("\n", "`") and not sentences.endswith("\n"):
        return False
    has_here, has_text, has_image, has_assent = (
        not found.isdisjoint(kind) for kind in (_HERE, _TEXT, _IMAGE, _ASSENT)
    )
    if transcribing:
        return is_colon or has_here or has_image
    return is_colon and has_text and (has_here or has_image or has_assent)


def _is_before_fence(text: str, end: int) -> bool:
    """Whether nothing but a word of assent is before a fence."""
    is_fence = text[end:].lstrip().startswith(("```", "~~~"))
    return is_fence and set(words.words_of(words.fold(text[:end]))) <= _ASSENT


def remove_notes(text: str) -> str:
    """The text without last paragraphs in which the model speaks of what it did, or offers more.

    One that says that parts could not be read leaves the mark for it behind.
    """
    unread = False
    while True:
        before, note = _last_paragraph(text)
        if not before or not _is_note(words.fold(note), before):
            break
        unread |= _UNREAD.search(words.fold(note)) is not None
        text = _RULE.sub("", before).rstrip()
    return f"{text}\n\n{words.ILLEGIBLE}" if unread and words.ILLEGIBLE not in text else text


def _last_paragraph(text: str) -> tuple[str, str]:
    """A text before its last paragraph, and that; a last line that begins like a note is one."""
    before, _, last = text.rpartition("\n\n")
    lines = last.strip("\n").split("\n")
    for number, line in enumerate(lines):
        if number and (_NOTE.match(words.fold(line[:60])) or number == len(lines) - 1):
            return "\n".join([before, "", *lines[:number]]).strip("\n"), "\n".join(lines[number:])
    return before, last


def _is_note(note: str, before: str) -> bool:
    if len(note) > _LONGEST_NOTE:
        return False
    if _END.fullmatch(note):
        return True
    share = words.known_share(note)
    is_done = bool(_TRANSCRIBED.search(note) and _MANNER.search(note)) or bool(
        _FORMATTED.search(note)
    )
    if _NOTE.match(note):
        return share >= 0.75 and (is_done or bool(_SEEN.search(note) or _is_of_parts(note)))
    if share >= 0.8 and (is_done or _I_DID.match(note)) and _TRANSCRIBED.search(note):
        return True
    return share >= 0.8 and _is_courtesy(note, before)


def _is_of_parts(note: str) -> bool:
    """Whether a note says that something on this page cannot be read, and not what becomes of it."""
    return _UNREAD.search(note) is not None and words.known_share(note) >= 0.9


def _is_courtesy(note: str, before: str) -> bool:
    for language, courtesy in _COURTESIES.items():
        if courtesy.match(note):
            return bool(_ABOUT_READING.search(note)) or not _SPEAKING[language].search(
                words.fold(before)
            )
    return False

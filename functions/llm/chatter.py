"""What a model says to whoever asked, before and after a page's text.

"Here is the transcription of the page:" is no part of the page; "Here is the list that you asked
for:" is. So a preface must have nothing but the words of such sentences, in whichever language, and
a note must be about transcribing, or about the image. Courtesy ("Let me know if …") is taken off
only where nobody on the page speaks to anybody.
"""

import re
from functools import cache

from functions.llm import refusals, words
from functions.llm.languages import PHRASES, common

_LONGEST_PREFACE, _LONGEST_LABEL, _LONGEST_NOTE, _MOST_LINES = 300, 60, 800, 8
_PREFACE_END = re.compile(r":(?=[\s`*_\"“]|\Z)|[.!](?=\s)|\n")
# What no sentence has, but JSON, tags and tables.
_OF_MARKUP = re.compile(r"[{}\[\]<>|]")
_QUOTED = re.compile(r"[\"“«„](.*)[\"”»“]", re.DOTALL)

_TRANSCRIBING = ("transcri", "trascri", "transkri", "extract", "extrai", "estratt", "ocr")
_ASSENT, _HERE, _TEXT, _IMAGE = (
    words.vocabulary(name) for name in ("assent", "here", "texts", "images")
)
_HELPING = words.vocabulary("helping")
_DOCUMENTS = words.vocabulary("documents")
_PREFACE_WORDS = _ASSENT | _HERE | _TEXT | _IMAGE | _DOCUMENTS | words.vocabulary("in_prefaces")

_NOTE = re.compile(
    r"\W*(?:please |por favor,? |bitte )?(?:note|notes|nota|notas"
    r"|hinweis|anmerkung|bemerkung|remarque|observacao|observacion"
    r"|obs|disclaimer|n\.?b|beachten)\b\W*"
)
_TRANSCRIBED = re.compile(r"\b(?:transcri|trascri|transkri)\w*")
# How it was transcribed, as only whoever did so says.
_MANNER = re.compile(
    r"\b(?:as|exactly|verbatim|faithful\w*|literal\w*|image|page"
    r"|scan|photo|reading order|preserv\w*|maintain\w*|retain\w*"
    r"|best|complete\w*|complet[ao]|vollstandig"
    r"|accurate\w*|imagen|pagina|tal (?:como|cual|qual)|exact\w*"
    r"|fiel\w*|como|segun|conforme|imagem|tels?|telles?|fidele\w*"
    r"|bild\w*|seite|wie|wortlich|originalgetreu|genau|immagine"
    r"|cosi|esatt\w*|fedel\w*|conserv\w*|manten\w*|respet\w*)\b"
)
_SEEN = re.compile(
    r"\b(?:(?:provided|given|uploaded|attached|supplied) (?:image"
    r"|scan|photo|picture|screenshot|document|page)"
    r"|(?:in|on|from) the (?:image|scan|photo|picture|screenshot)|the image"
    r"|(?:la|esta) imagen|imagen proporcionada|(?:a|na|da) imagem"
    r"|(?:l'|cette )image|(?:das|dem|diesem|des|im) bild\w*|l'immagine"
    r"|nell'immagine)\b"
)
_UNREAD = re.compile(
    r"\b(?:illegib\w+|unreadab\w+|unclear|blurr\w+|hard to read"
    r"|difficult to read|cut off|obscured|(?:could|can)(?:not| not"
    r"|n't) be (?:read|transcri\w+|made out)"
    r"|not (?:\w+ )?(?:legible|readable)|ilegib\w+|borros\w+|no (?:\w+ ){0,2}leg"
    r"(?:ib|iv)\w+|dificil(?:es)? de (?:leer|ler)|ilegive\w+|desfocad\w+"
    r"|nao (?:\w+ ){0,2}legive\w+"
    r"|illisib\w+|pas (?:\w+ )?lisib\w+|flou\w*|unleserlich\w*"
    r"|schwer zu (?:lesen|entziffern|erkennen)|difficiles? a (?:lire|dechiffrer)"
    r"|difficil[ei] da leggere|nicht (?:\w+ )?(?:lesbar|leserlich|erkennbar|zu lesen)|unscharf"
    r"|illeggibil\w+|non (?:\w+ )?leggibil\w+|sfocat\w+)\b"
)
_FORMATTED = re.compile(
    r"\b(?:formatting|layout|line breaks|spelling|punctuation|formato"
    r"|ortografia|puntuacion|pontuacao|formatacao|mise en page"
    r"|orthographe|ponctuation|formatierung|layout|rechtschreibung"
    r"|formattazione|punteggiatura|impaginazione)\b.*"
    r"\b(?:preserv\w*|retain\w*|maintain\w*|kept|conserv\w*|manten\w*"
    r"|mantid\w*|respect\w*|respet\w*|beibehalten|ubernommen|erhalten"
    r"|rispett\w*)\b"
    r"|\b(?:preserved|kept|maintained|retained|conservado|mantenido|respetado|mantido|preservado"
    r"|beibehalten|mantenuto|conserve|respecte)\b.*\b(?:formatting|layout|line breaks|formato"
    r"|formatacao|mise en page|formatierung|formattazione|impaginazione)\b"
)
_I_DID = re.compile(
    r"\W*(?:i(?:'ve| have)?|he|eu|j'ai|ich habe|ho) (?:\w+ ){0,3}?(?:transcri\w+"
    r"|trascri\w+|transkri\w+|preserved|omitted|marked|kept"
    r"|extracted|conservado|omitido|marcado|extraido|mantive|preservei"
    r"|conserve|omis|marque|extrait|weggelassen|markiert|mantenuto"
    r"|omesso|segnato|estratto)\b"
)
_END = re.compile(
    r"\W*(?:end of (?:the )?(?:page|transcription|document|text"
    r"|image|transcript)|fin de (?:la )?(?:pagina|transcripcion"
    r"|transcription|page|l'image)"
    r"|fim da (?:pagina|transcricao)|ende der (?:seite|transkription)"
    r"|fine (?:della )?(?:pagina|trascrizione))\W*"
)
_ABOUT_READING = re.compile(
    r"\b(?:transcri\w+|trascri\w+|transkri\w+|image\w*|imagen\w*"
    r"|imagem|immagin\w+|bild\w*|(?:an)?other pages?|translat\w+"
    r"|traduc\w+"
    r"|traduz\w+|tradu\w+|ubersetz\w+|format\w*|summar\w+|ocr)\b"
)
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*")
_FIRST_MEMBER = re.compile(r"\s{0,40}[\w -]{1,40}:")
_FENCED = re.compile(r"\s*(```|~~~)(?:(?!\1).)*\1\s*", re.DOTALL)
# What models call their answer, on a line of its own.
_LABELS = {"output:", "markdown:", "assistant:", "ocr output:"}
_LABEL_LINE = re.compile(r"^\W*\w[\w ]{0,30}:\W*$", re.MULTILINE)
_IF_UNREAD = re.compile(r"\bif (?:anything|something|any part) is (?:\w+ )?\w+")
# Each costs a pass over the text, and no model takes its leave more often.
_MOST_NOTES = 12

_DENIES = re.compile(common.DENIES)
_FROM_IMAGE = re.compile(
    r"\W*(?:(?:that's|that is|this is) (?:all|everything|all of) ?the text (?:on|in|from)"
    r" (?:this|the)"
    r" (?:page|image|document)|(?:(?:this|the) )?(?:text|transcription)? ?(?:was |is |has been )?"
    r"(?:extracted|transcribed) from (?:the |this )?(?:provided )?(?:image|scan|photo|page)"
    r"(?: using ocr)?|transcription (?:is )?complete)\W*"
)


def remove_preface(text: str) -> str:
    """The text without first sentences in which the model says what follows."""
    text = _skip_label(text)
    head = text[:_LONGEST_PREFACE]
    head = _OF_MARKUP.split(head, maxsplit=1)[0]
    for end in reversed([found.end() for found in _PREFACE_END.finditer(head)]):
        following = text[end:].lstrip(" ")[:1]
        if _is_front_matter(text, end):
            continue
        if _is_preface(head[:end], following) or _is_before_fence(text, end):
            after = text[end:].strip().lstrip("*_").lstrip()
            quoted = _QUOTED.fullmatch(after)
            # Between a preface and the text there may be a rule, and then one after it.
            is_ruled = _ends_with_rule(text[:end])
            return quoted[1].strip() if quoted else _without_rule(after) if is_ruled else after
    return text


def _skip_label(text: str) -> str:
    """Without a first line that calls what follows an output, or a transcription.

    A page with such a label has others of the kind, and one with such a heading speaks of it.
    """
    first, _, after = text.partition("\n")
    if len(first) > _LONGEST_LABEL or not after.strip():
        return text
    label = words.fold(first)
    if label in _LABELS:
        return text if _LABEL_LINE.search(after) else after.strip()
    found = set(words.words_of(label))
    transcribing = {word for word in found if word.startswith(_TRANSCRIBING)}
    is_heading = first.startswith("#") or (first.startswith("**") and first.endswith("**"))
    if not (is_heading and transcribing and found - transcribing <= _PREFACE_WORDS):
        return text
    others = words.words_of(words.fold(after))
    return text if any(word.startswith(_TRANSCRIBING) for word in others) else after.strip()


def _ends_with_rule(text: str) -> bool:
    return _RULE.fullmatch(text.rstrip().rpartition("\n")[2]) is not None


def _without_rule(text: str) -> str:
    """The text without a rule that is its last line."""
    text = text.rstrip()
    return text.rpartition("\n")[0].rstrip() if _ends_with_rule(text) else text


def _is_front_matter(text: str, end: int) -> bool:
    """Whether a rule that ends a preface is the first of front matter."""
    return _ends_with_rule(text[:end]) and _FIRST_MEMBER.match(text, end) is not None


def _is_preface(said: str, following: str) -> bool:
    """Whether words up to some point say that a text follows, in the last sentence of them."""
    *before, last = re.split(r"(?<=[.!])\s+(?=\S)", said.rstrip(" -")) or [""]
    if not last.strip() and before:
        last = before.pop()
    return all(map(_leads_to_preface, before)) and (
        _says_that_text_follows(last, following) or _says_that_text_follows(said, following)
    )


def _leads_to_preface(sentence: str) -> bool:
    """Whether a sentence may be before a preface: it assents, or is about the image."""
    folded = words.fold(sentence)
    found = set(words.words_of(folded))
    is_about = not found.isdisjoint(_IMAGE) or not found.isdisjoint(_HELPING)
    return found <= _PREFACE_WORDS or (is_about and words.known_share(folded) >= 0.7)


def _says_that_text_follows(sentences: str, following: str) -> bool:
    folded = words.fold(sentences)
    found = set(words.words_of(folded))
    transcribing = {word for word in found if word.startswith(_TRANSCRIBING)}
    is_colon = sentences.rstrip(" *_\n").endswith(":")
    others = found - transcribing - _PREFACE_WORDS
    # Who speaks of transcribing may use any word of a model's, but to say what cannot be done.
    is_wide = is_colon and transcribing and not _DENIES.search(folded)
    if others and not (is_wide and all(words.known_share(word) for word in others)):
        return False
    if not is_colon and following not in ("\n", "`") and not sentences.endswith("\n"):
        return False
    has_here, has_text, has_image, has_assent = (
        not found.isdisjoint(kind) for kind in (_HERE, _TEXT, _IMAGE, _ASSENT)
    )
    if transcribing:
        # "Transcription: B. Lund" names somebody.
        is_apart = following in ("", "\n", "`") or sentences.endswith("\n")
        return (is_colon and is_apart) or has_here or has_image
    # "The text of the letter is as follows:" may be of a book.
    is_of_book = not (found.isdisjoint(_DOCUMENTS) or has_image or has_assent)
    return is_colon and has_text and not is_of_book and (has_here or has_image or has_assent)


def _is_before_fence(text: str, end: int) -> bool:
    """Whether nothing but a word of assent is before a fence."""
    is_fence = text[end:].lstrip().startswith(("```", "~~~"))
    return is_fence and set(words.words_of(words.fold(text[:end]))) <= _ASSENT


def remove_notes(text: str) -> str:
    """The text without last paragraphs in which the model speaks of what it did, or offers more.

    One that says that parts could not be read leaves the mark for it behind.
    """
    unread = False
    for _ in range(_MOST_NOTES):
        before, note = _last_paragraph(text)
        if not before or not _is_note(words.fold(note), before):
            break
        unread |= _UNREAD.search(_IF_UNREAD.sub("", words.fold(note))) is not None
        text = _without_rule(before)
    return f"{text}\n\n{words.ILLEGIBLE}" if unread and words.ILLEGIBLE not in text else text


def _last_paragraph(text: str) -> tuple[str, str]:
    """A text before its last paragraph, and that; a last line that begins like a note is one."""
    before, _, last = text.rpartition("\n\n")
    lines = last.strip("\n").split("\n")
    for number, line in list(enumerate(lines))[-_MOST_LINES:]:
        if number and (_NOTE.match(words.fold(line[:60])) or number == len(lines) - 1):
            return "\n".join([before, "", *lines[:number]]).strip("\n"), "\n".join(lines[number:])
    return before, last


def _is_note(note: str, before: str) -> bool:
    if len(note) > _LONGEST_NOTE:
        return False
    if _END.fullmatch(note) or _FROM_IMAGE.fullmatch(note):
        return True
    if _SEEN.search(note) and refusals.is_refusal(note):
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
    """Whether a note says that something on this page cannot be read, and nothing else."""
    return _UNREAD.search(note) is not None and words.known_share(note) >= 0.9


def _is_courtesy(note: str, before: str) -> bool:
    """Whether a note offers more help: about reading, or where nobody speaks to anybody."""
    for courtesy, speaking in _courtesies():
        if courtesy.match(note):
            is_about_reading = _ABOUT_READING.search(note) is not None
            # After a fence around the page, or a rule, the page is over.
            is_apart = _FENCED.fullmatch(before) is not None or _ends_with_rule(before)
            return is_about_reading or is_apart or not speaking.search(words.fold(before))
    return False


@cache
def _courtesies() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    return [
        (re.compile(rf"\W*{phrases.courtesy}"), re.compile(rf"\b(?:{phrases.speaking})\b"))
        for phrases in PHRASES
    ]

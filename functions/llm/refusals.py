"""Whether an answer is about the page instead of its text: a refusal, or a claim about the image.

A letter may begin like a refusal ("I am sorry to hear …"), a book may quote one. So all sentences
count: in a refusal, however long, each refuses, is about the image, or is in the words in which
models speak of images and of helping (`words`). A few others are allowed in a long one.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from functions.llm import words
from functions.llm.languages import PHRASES

# A page's text is longer than any refusal, or has other matters within so many sentences.
_MOST_SENTENCES, _LONGEST_SENTENCE = 80, 600
_OF_MODEL, _OF_MODEL_WITH_REFUSAL, _FAR_FROM_IT = 0.8, 0.7, 0.5
_SHORT = 8
_LONG_REFUSAL, _MOST_OTHERS = 6, 0.2
# What says no, of what, in a sentence that has few words but a model's.
_MOSTLY_OF_MODEL, _ALL_OF_MODEL = 0.85, 0.95
_DENIES = re.compile(
    r"\b(?:not?|cannot|n't|can't|unable|illegib\w+|unread\w+|blur\w+"
    r"|blank|empty|nothing|decline|too|poor|insuffic\w+|ilegib\w+"
    r"|borros\w+|vaci[ao]|ningun\w*|nada|sin|demasiado|muy|insufic\w+"
    r"|nao|nenhum\w*|sem|ilegive\w+|vazi[ao]|desfocad\w+|muito"
    r"|ne|n'\w+"
    r"|pas|aucune?|illisib\w+|flou\w*|vide|impossible|imposible"
    r"|trop|insuff\w+|nicht|kein\w*|unleserlich|unscharf|leer|unmoglich"
    r"|zu"
    r"|unzureichend|non|nessun\w*|alcun\w*|illeggibil\w+|sfocat\w+|vuot[ao]|impossibile|troppo)\b"
)
_I = re.compile(
    r"\b(?:i|me|yo|puedo|podre|podido|pude|logro|eu|posso|consigo"
    r"|pude|je|j|moi|m|ich|mir|io|riesco|sono|mi"
    r"|unable|(?:im)?possible|imposible|posible|possivel|impossivel"
    r"|(?:im)?possibile|(?:un)?moglich|poder|poter|pouvoir|possa)\b"
)
# What keeps an image from being read.
_FAULT = re.compile(
    r"\b(?:\w*(?:legib|legiv|lisib|leggib|lesbar|leserlich|readab"
    r"|resol|qualit|risoluz|auflos)\w*|calidad|qualidade|clear\w*"
    r"|unclear"
    r"|nitid\w*|attach\w*|upload\w*|adjunt\w*|anexad\w*|joint\w?"
    r"|allegat\w*|hochgeladen|angehangt|blur\w*|borros\w*|desfoc\w*"
    r"|flou\w*|unscharf|sfocat\w*|transcri\w+|trascri\w+|transkri\w+"
    r"|(?:no|any|ningun|nenhum|aucun|pas de|kein\w*|alcun|nessun"
    r"|contain|contiene|contem|conten\w+|contenir|enthalt\w*)(?: \w+)? (?:text\w?"
    r"|testo))\b"
)
_TASK = re.compile(
    r"\b(?:help|assist|comply|request|task|ayud\w+|asist\w+|solicitud"
    r"|peticion|tarea|ajud\w+|solicitacao|pedido|tarefa|aid(?:er"
    r"|e)|assister"
    r"|demande|requete|tache|helfen|weiterhelfen|behilflich|unterstutz\w+"
    r"|anfrage|aufgabe|aiut\w+|richiesta|compito)\b"
)
_OF_IMAGE = re.compile(
    r"\b(?:image|picture|photo|scan|screenshot|page|document|file"
    r"|pdf|text|handwriting|imagen|foto|pagina|documento|archivo"
    r"|texto"
    r"|escritura|imagem|arquivo|caligrafia|fichier|texte|ecriture"
    r"|bild\w*|seite|dokument\w*|datei|schrift|handschrift|immagine"
    r"|testo|grafia"
    r"|transcri\w+|trascri\w+|transkri\w+)s?\b"
)
# "This page intentionally left blank" is what a page prints, and what somebody said a story.
_OF_PAGE = re.compile(
    r"\b(?:intention|intencion|intenzion|absichtlich|a proposito|de proposito|bewusst"
    r"|(?:said|wrote|asked|replied|dijo|respondio|escribio|disse"
    r"|respondeu|escreveu|dit|repondit|ecrivit|sagte|antwortete"
    r"|schrieb|rispose|scrisse)\b)"
)
_QUOTES = "\"'“„«‹‘"


@dataclass(frozen=True)
class _Patterns:
    sorry: list[re.Pattern[str]]
    generic: list[re.Pattern[str]]
    strong: list[re.Pattern[str]]
    empty: list[tuple[re.Pattern[str], re.Pattern[str]]]


@cache
def _patterns() -> _Patterns:
    """The phrases of all languages; to compile them takes half a second, which most pages need"
    " not."""
    return _Patterns(
        sorry=[re.compile(rf"(?:oh,? )?{phrases.sorry}[^\w]*$") for phrases in PHRASES],
        generic=[re.compile(phrases.generic) for phrases in PHRASES],
        strong=[
            re.compile(pattern)
            for phrases in PHRASES
            for pattern in phrases.refusals + phrases.claims
        ],
        empty=[(re.compile(phrases.empty), re.compile(phrases.hedges)) for phrases in PHRASES],
    )


class Kind(Enum):
    """What a sentence is."""

    SORRY = "an apology"
    GENERIC = "a refusal that does not say of what"
    STRONG = "a refusal to read, or a claim about the image"
    MODEL = "in a model's words about images and helping"
    OTHER = "about something else"


def is_refusal(text: str) -> bool:
    """Whether a text refuses to read a page, or speaks about its image, and nothing else.

    In English, Spanish, Portuguese, French, German and Italian, at any length.
    """
    if text.lstrip()[:1] in _QUOTES:
        return False
    sentences = words.split_sentences(text[: _MOST_SENTENCES * _LONGEST_SENTENCE])
    if len(sentences) > _MOST_SENTENCES or not sentences:
        return False
    first = _kind(sentences[0])
    if first is Kind.OTHER:
        return False
    kinds = [first, *map(_kind, sentences[1:])]
    return _refuses(kinds)


def _refuses(kinds: list[Kind]) -> bool:
    others = kinds.count(Kind.OTHER)
    is_strong = Kind.STRONG in kinds[:3]
    if others:
        begins = kinds[0] is not Kind.MODEL and is_strong
        return begins and len(kinds) >= _LONG_REFUSAL and others <= _MOST_OTHERS * len(kinds)
    if kinds[0] is Kind.MODEL:
        return is_strong
    return is_strong or Kind.GENERIC in kinds or set(kinds) == {Kind.SORRY}


def _kind(sentence: str) -> Kind:
    share = words.known_share(sentence)
    if len(sentence) > _LONGEST_SENTENCE or share < _FAR_FROM_IT:
        return Kind.OTHER
    if _OF_PAGE.search(sentence):
        return Kind.OTHER
    patterns = _patterns()
    if any(sorry.match(sentence) for sorry in patterns.sorry):
        return Kind.SORRY
    is_near = share >= _OF_MODEL_WITH_REFUSAL or len(words.words_of(sentence)) <= _SHORT
    if is_near and any(strong.match(sentence) for strong in patterns.strong):
        return Kind.STRONG
    if is_near and any(generic.match(sentence) for generic in patterns.generic):
        return Kind.GENERIC
    if share >= _MOSTLY_OF_MODEL and _DENIES.search(sentence):
        is_mine = _I.search(sentence) is not None
        if _OF_IMAGE.search(sentence) and (is_mine or _FAULT.search(sentence)):
            return Kind.STRONG
        if share >= _ALL_OF_MODEL and is_mine and _TASK.search(sentence):
            return Kind.GENERIC
    is_about = share == 1.0 or (share >= _OF_MODEL and words.is_of_reading(sentence))
    return Kind.MODEL if is_about else Kind.OTHER


def is_claim_of_emptiness(text: str) -> bool:
    """Whether a text says plainly that the page has no text, and nothing else.

    One that hedges ("appears to contain no legible text") is about what the model can see, and is
    a refusal.
    """
    sentences = words.split_sentences(text[:_LONGEST_SENTENCE])
    if not sentences or len(sentences) > 2 or words.known_share(sentences[0]) < _OF_MODEL:
        return False
    empty = _patterns().empty
    return all(
        any(claim.fullmatch(sentence) and not hedge.search(sentence) for claim, hedge in empty)
        for sentence in sentences
    )

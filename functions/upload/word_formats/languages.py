"""In which language a page or a document is, as a BCP 47 tag."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_LETTERS = 2000
"""Of a text, so many characters are looked at."""
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# Of the database's configurations for searching.
_TAGS = {
    "arabic": "ar", "armenian": "hy", "basque": "eu", "catalan": "ca", "danish": "da",
    "dutch": "nl", "english": "en", "finnish": "fi", "french": "fr", "german": "de", "greek": "el",
    "hindi": "hi", "hungarian": "hu", "indonesian": "id", "irish": "ga", "italian": "it",
    "lithuanian": "lt", "nepali": "ne", "norwegian": "no", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "serbian": "sr", "spanish": "es", "swedish": "sv", "tamil": "ta",
    "turkish": "tr", "yiddish": "yi",
}  # fmt: skip
# Scripts that are those of one language above all, and what their letters are.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_JAPANESE_SHARE, _SCRIPT_SHARE = 0.1, 0.5


def of_text(text: str, given: str | None, configuration: str | None) -> str | None:
    """The language of a text; None if nobody knows.

    `given` is what somebody said of its file, and `configuration` how it is searched.
    """
    found = _first(given) or _TAGS.get(configuration or "")
    return found or _by_script(text[:_LETTERS])


def of_document(given: str | None, languages: Iterable[str | None]) -> str | None:
    """The language of a document: what somebody said, else that of most pages that have one."""
    counts = Counter(language for language in languages if language)
    return _first(given) or max(counts, key=lambda tag: counts[tag], default=None)


def _first(given: str | None) -> str | None:
    tag = (given or "").partition(",")[0].strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else None


def _by_script(text: str) -> str | None:
    letters = len(_LETTER.findall(text))
    counts: Sequence[tuple[str, int]] = [(tag, len(of.findall(text))) for tag, of in _SCRIPTS]
    for tag, count in counts:
        share = _JAPANESE_SHARE if tag == "ja" else _SCRIPT_SHARE
        if letters and count >= share * letters:
            return tag
    return None

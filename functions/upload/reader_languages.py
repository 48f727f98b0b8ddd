"""The languages that a reader has; those of Lector's own are what its data is there for."""

from typing import TYPE_CHECKING

from lector.runtime import settings

if TYPE_CHECKING:
    from lector.domain.reader_catalogue import Reader

_HERE = "here"


def of(reader: "Reader") -> list[str] | None:
    """In BCP 47; None if it has any, or nobody has said which."""
    if reader.languages is not None or not reader.is_embedded:
        return reader.languages
    said = settings.current(settings.Readers).tesseract_languages
    if said == _HERE:
        return _here()
    return [one.strip() for one in said.split(",") if one.strip()] or None


def lack(reader: "Reader", language: str) -> str | None:
    """What is said of a reader that does not have a language, and what helps; None if it has it."""
    there = of(reader)
    if there is None:
        return None
    words = f"does not have the language {language}, but {', '.join(there)}"
    if reader.languages is not None:
        return None if reader.has_language(language) else words
    from lector.domain import language_codes, language_packages  # noqa: PLC0415 - seldom asked

    wanted = language_codes.parse(language)
    if set(wanted) <= {code for one in there for code in language_codes.parse(one)}:
        return None
    is_here = settings.current(settings.Readers).tesseract_languages == _HERE
    if is_here and set(wanted) <= language_packages.packages().keys():
        return f"{words} (`lector languages add {language}` brings it)"
    return words


def _here() -> list[str] | None:
    """Those whose data is on this machine, as they may be added while this process runs."""
    from lector.domain import language_codes, language_data  # noqa: PLC0415 - not in its image

    try:
        return list(dict.fromkeys(map(language_codes.tag, language_data.languages())))
    except FileNotFoundError:
        return None

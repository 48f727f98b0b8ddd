"""Letters of Spanish that Tesseract's data for it does not have: it reads cigueña for cigüeña."""

import re

# Beginnings of the words with ü, up to where no other word begins so; | marks a word's beginning.
_WITH_DIAERESIS = """
|agüero ambigüed amortigü antigüed apacigü |argüi |argüí |argüend atestigü averigü
camagüey chigüir cigüeñ contigüid degüell desagü desvergüe enagüil exangü exigüid |fragüe
|güisqui halagüeñ lengüet lengüit lingü mayagüez |mengü nicaragüe paragüer pedigüeñ
pingüin piragüis redargü santigü sigüenz ungüent vergüen yegüer zarigüey
""".split()  # noqa: SIM905 - a list is not easier to read
_STEMS = "|".join(
    stem.replace("|", r"\b").replace("gü", "g(?:u|ú|ü)(?=[eéií])") for stem in _WITH_DIAERESIS
)
_WORD = re.compile(rf"{_STEMS}|g(?:ú|ü)(?=[eéií])", re.IGNORECASE)
_U = re.compile(r"(?<=g)[uú](?=[eéií]|$)", re.IGNORECASE)


def restore_letters(text: str) -> str:
    """A Spanish text with ü where only ü can stand."""
    return _WORD.sub(lambda found: _U.sub(_with_diaeresis, found[0]), text)


def _with_diaeresis(letter: re.Match[str]) -> str:
    return "ü" if letter[0].islower() else "Ü"

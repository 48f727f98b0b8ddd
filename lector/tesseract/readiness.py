"""Whether pages can be read here: one word is read, once, before the reader says that it is ready.

Until it succeeds every probe is answered with the reason, and tried out anew: data of languages may
come while the process runs. From then on a probe costs nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from PIL import Image, ImageDraw, ImageFont

from lector.domain import language_codes, language_data
from lector.runtime import settings
from lector.tesseract import recognition

log = logging.getLogger("lector")

_WORD, _LETTER_PX = "Lector", 40
_LIMIT_S = 30.0
_HERE = "here"


class NotReady(Exception):
    """Pages cannot be read; the message says why, in a sentence."""


def read_a_word() -> None:
    """Read a word that was drawn for it, in English.

    Raises:
        NotReady: data is missing of English, of how pages stand, or of a language that
            TESSERACT_LANGUAGES names; Tesseract cannot use it; or it reads another word.

    """
    _refuse_missing_data()
    try:
        found = recognition.recognise(_draw(), [language_data.ENGLISH], recognition.Clock(_LIMIT_S))
    except (RuntimeError, recognition.ReadingTimedOut) as error:
        raise NotReady(f"Tesseract cannot read with the data of English: {error}") from error
    finally:
        recognition.end_engines()  # nobody may ask for a page for days
    if found.text != _WORD:
        raise NotReady(f"Tesseract does not work: it reads {found.text!r} where {_WORD} is printed")


def _refuse_missing_data() -> None:
    try:
        there = language_data.find()
    except FileNotFoundError as error:
        raise NotReady(f"the data of English is missing: {error}") from error
    wanted = [language_data.ORIENTATION, *_wanted_languages()]
    missing = [code for code in wanted if code not in there or not there[code].stat().st_size]
    if missing:
        names = " and ".join(map(_describe, missing))
        folders = ", ".join(map(str, language_data.folders()))
        raise NotReady(f"the data of {names} is missing: looked for it in {folders}")


def _wanted_languages() -> list[str]:
    """Tesseract's codes of the languages that others are told this reader has."""
    named = settings.current(settings.Tesseract).tesseract_languages
    if not named.strip() or named == _HERE:
        return []
    try:
        return list(language_codes.parse(named))
    except language_codes.InvalidLanguage as error:
        raise NotReady(f"TESSERACT_LANGUAGES: {error}") from error


def _describe(code: str) -> str:
    if code == language_data.ORIENTATION:
        return f"how pages stand ({code}.traineddata)"
    from lector.domain import language_packages  # noqa: PLC0415 - seldom asked

    return f"{language_packages.name_of(code)} ({code}.traineddata)"


def _draw() -> Image.Image:
    image = Image.new("L", (_LETTER_PX * 6, _LETTER_PX * 2), "white")
    font = ImageFont.load_default(_LETTER_PX)
    ImageDraw.Draw(image).text((_LETTER_PX / 2, _LETTER_PX / 2), _WORD, "black", font)
    return image


class Readiness:
    """What probes are told; for one event loop. They share a try that is under way."""

    def __init__(
        self,
        run: Callable[[Callable[[], None]], Awaitable[None]],
        try_out: Callable[[], None] = read_a_word,
    ) -> None:
        """`run` calls `try_out`, which blocks, in a thread that reads pages."""
        self._run = run
        self._try_out = try_out
        self._trying: asyncio.Task[str] | None = None
        self._reason: str | None = None

    async def reason(self) -> str:
        """Why pages cannot be read, in a sentence; empty when they can."""
        if self._reason == "":
            return ""
        if self._trying is None or self._trying.done():
            self._trying = asyncio.create_task(self._try())
        # Probes have little patience; the next one finds what came of it.
        return await asyncio.shield(self._trying)

    async def _try(self) -> str:
        reason = ""
        try:
            await self._run(self._try_out)
        except NotReady as error:
            reason = str(error)
        except Exception as error:
            log.exception("reading a word failed")
            reason = f"reading a word failed: {type(error).__name__}"
        if reason and reason != self._reason:
            log.error("not ready: %s", reason)
        self._reason = reason
        return reason

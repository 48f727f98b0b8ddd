"""What a person writes for a page's text: a version like any other, by nobody overwritten unasked.

Whoever writes says which version he has seen (If-Match), so that of two who write at the same time
the second one is told. A page that is being read has to be waited for, or cancelled.
"""

import re
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from functions.upload.errors import ApiError
from functions.upload.fields import Input, Rule
from functions.upload.files import changes
from functions.upload.pages import kept_places, page_model, page_places, versions
from functions.upload.pages.page_model import StoredPage
from functions.upload.problem_codes import ProblemCode
from lector.contracts import PageCorrected
from lector.domain import outbox
from lector.domain.states import WAITING_PAGES, Provenance
from lector.runtime import database, events, queries
from lector.runtime.database import Connection
from lector.runtime.failures import remove_unstorable

MOST_CHARACTERS = 500_000
BODY_BYTES = 4 * 1024 * 1024
"""Of the JSON that holds a text of this length."""

# All but tab and line feed: on a terminal they are commands, and a form feed parts pages.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})(?:-[0-9a-z]+)?"?')

CORRECT_PAGE = queries.load(__file__).scalar("correct_page", int)


def clean_text(text: str) -> str:
    """A text as it is stored: lines end with a line feed, and nothing in it is a command."""
    lines = remove_unstorable(text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", lines).strip("\n").rstrip()


class NewText(Input, frozen=True):
    """What a page's text is to be."""

    text: Annotated[
        str,
        Meta(
            max_length=MOST_CHARACTERS,
            description="The whole text of the page, as Markdown; empty: there is none on it. The"
            " same text as before says that it is right as it is.",
        ),
        Rule(f"a text of at most {MOST_CHARACTERS} characters", then=clean_text),
    ]


class SeenVersion(Input, frozen=True, rename={"if_match": "If-Match"}):
    """The version that somebody has seen before he writes another."""

    if_match: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1000,
                description="The ETag of the page as it was read, or its `version` in quotes. If"
                " the page has another version by now, it is refused (412); without it, too (428)."
                " `*` is whatever version there is.",
                examples=['"3"'],
            ),
        ]
        | None
    ) = None


def tag_of(version: int) -> str:
    """The ETag of a version of a page's text."""
    return f'"{version}"'


def correct(tenant: str, file_id: UUID, number: int, text: str, if_match: str | None) -> None:
    """Have a page show what a person wrote; what it showed before is kept as a version.

    Saying the same once more changes nothing, whatever version was seen.

    Raises:
        ApiError: nobody said which version was seen (428), it is another by now (412), or the page
            is being read (409).

    """
    if if_match is None:
        detail = 'say which version you have seen: If-Match with the page\'s ETag, such as "3"'
        raise ApiError(428, ProblemCode.VERSION_NEEDED, detail)
    with database.transaction() as connection:
        file = changes.lock_file(connection, tenant, file_id)
        page = page_model.find(connection, file_id, number)
        _check_finished(page)
        if page.status == "read" and page.provenance == Provenance.PERSON and page.text == text:
            return
        _check_version(page, if_match)
        changes.KEEP_VERSIONS.run(connection, file_id=file_id, numbers=[number])
        places = _places(connection, page, text)
        version = CORRECT_PAGE.one(connection, page_id=page.id, text=text, places=places)
        if version is None:
            return
        versions.SETTLE_FILE.run(connection, file_id=file_id)
        _announce(connection, file_id, file.generation, page, version, confirmed=text == page.text)


def _check_finished(page: StoredPage) -> None:
    if page.status in WAITING_PAGES:
        detail = (
            f"page {page.number} is being read; write its text when that is done, or cancel the"
            " file first"
        )
        raise ApiError(409, ProblemCode.PAGE_BEING_READ, detail)


def _check_version(page: StoredPage, if_match: str) -> None:
    tags = [one.strip() for one in if_match.split(",")]
    seen = {int(found[1]) for found in map(_TAG.fullmatch, tags) if found}
    if "*" in tags or page.version in seen:
        return
    detail = (
        f"somebody changed page {page.number} meanwhile: it has version {page.version} now; look"
        " at that, and write again"
    )
    raise ApiError(412, ProblemCode.VERSION_CHANGED, detail, {"ETag": tag_of(page.version)})


def _places(connection: Connection, page: StoredPage, text: str) -> bytes | None:
    """Where the words of a new text stand, as far as that is known of the one before."""
    about = {"page_id": page.id, "version": page.version, "query": None}
    known = page_places.PLACES_OF_PAGE.one(connection, **about)
    return kept_places.keep(text, page.text or "", page_places.of_page(page, known))


def _announce(
    connection: Connection,
    file_id: UUID,
    generation: int,
    page: StoredPage,
    version: int,
    *,
    confirmed: bool,
) -> None:
    # A version's number is never given twice, but after a backup was restored.
    cause = f"{page.id} corrected {version} at {datetime.now(UTC).isoformat()}"
    corrected = PageCorrected(
        generation=generation,
        page_number=page.number,
        version=version,
        confirmed=confirmed or None,
    )
    outbox.announce(connection, [events.event(cause, file_id, corrected, "upload")])

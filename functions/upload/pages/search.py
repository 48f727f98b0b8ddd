"""Full-text search over pages, and where in a marked text it hits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from functions.upload import cursors
from functions.upload.answers import Doubt, Output, doubts_of
from functions.upload.id_ranges import first_id, midnight
from functions.upload.pages import phrases, search_limits, suggestions
from lector.runtime import queries
from lector.runtime.database import Connection
from lector.runtime.failures import TransientFailure

# Between these the database marks a hit; no text contains them.
_BEGIN, _END = "\x02", "\x03"
# And these stand for characters that it would not show.
_STAND_INS = str.maketrans("\ue000\ue001", "<>")


#: Languages (BCP 47) of which word forms are found, as PostgreSQL calls them. `other`: whatever is
#: none of these, or not known.
LANGUAGES = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
    "other": "simple",
}
# Of more matches only the newest are ranked: that takes as long however many there are.
MOST_RANKED = 2000
# How many pages are looked at one by one before the index is asked after all.
_MOST_LOOKED_AT = 50_000
# To look at a page costs as much as to fetch one and a half that the index has found.
_COST_OF_A_LOOK = 1.5
# Files of a day may have ids of a moment before or after: clocks differ a little.
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """The query in each language that occurs, in all of them, and how many pages it may find."""

    languages: list[str]
    queries: list[str]
    any_query: str
    matches: float
    pages: float

    def is_less_work_one_by_one(self) -> bool:
        """Whether the newest matches are found sooner by looking at pages than by the index.

        Of the pages, one in `pages / matches` matches; the index has to name all that do.
        """
        return self.matches**2 > _COST_OF_A_LOOK * MOST_RANKED * self.pages


@dataclass(frozen=True)
class FoundPage:
    """A page that was found. `marked`: pieces of its text, with hits marked.

    `matches`: how many there are, one more than `MOST_RANKED` at most.
    """

    id: UUID
    file_id: UUID
    file_name: str
    file_folder: str | None
    number: int
    rank: float
    doubts: dict[str, str]
    matches: int
    marked: str


@dataclass(frozen=True)
class Wanted:
    """Where to search: in one file, one language (of `LANGUAGES`), files of some days (UTC).

    In files of a folder and of those below it, too.
    """

    tenant: str
    query: str
    file_id: UUID | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    folder: str | None = None

    def filters(self) -> dict[str, object]:
        """What narrows down the files; ids of files begin with the time at which they were made."""
        begin = None if self.since in (None, date.min) else midnight(self.since)
        end = None if self.until in (None, date.max) else midnight(self.until) + timedelta(days=1)
        return {
            "tenant": self.tenant,
            "file_id": self.file_id,
            "folder": self.folder,
            "since": begin,
            "until": end,
            "first_id": None if begin is None else first_id(begin - _CLOCKS_DIFFER),
            "last_id": None if end is None else first_id(end + _CLOCKS_DIFFER),
        }


@dataclass(frozen=True)
class Found:
    """Pages in which a query hits, the best first.

    `next` is the cursor of what follows. `ranked_newest` says that only so many, the newest, were
    ranked; `did_you_mean` is another query where this one finds nothing.
    """

    hits: list[FoundPage]
    next: str | None = None
    ranked_newest: int | None = None
    did_you_mean: str | None = None


_sql = queries.load(__file__)
PLAN_SEARCH = _sql.rows("plan_search", Plan)
SEARCH_PAGES = _sql.rows("search_pages", FoundPage)


class Piece(Output, frozen=True):
    """A piece of a text."""

    text: str
    hit: bool


class Hit(Output, frozen=True):
    """A page in which a query hits."""

    file_id: UUID
    file_name: str
    file_folder: Annotated[str | None, Meta(description="The file's `folder`.")]
    page: int
    rank: float
    snippet: Annotated[
        list[Piece], Meta(description="A piece of the text, cut where hits begin and end.")
    ]
    doubts: Annotated[list[Doubt], Meta(description="What speaks against the page's text.")]


def search(wanted: Wanted, cursor: str | None, limit: int) -> Found:
    """Pages in which a query hits, the best first.

    Raises:
        ApiError: it takes too long, or too many search at once (503).

    """
    rank, after = cursors.decode(cursor, float, str) or (None, None)
    after_id = None if after is None else cursors.id_of(after)
    with search_limits.transaction() as connection:
        plan = _plan(connection, wanted)
        if plan is None:
            return Found([])
        hits = _hits(connection, wanted, plan, rank=rank, after=after_id, limit=limit + 1)
    if not hits and cursor is None:
        return Found([], did_you_mean=_suggestion(wanted, plan))
    ranked_newest = MOST_RANKED if hits and hits[0].matches > MOST_RANKED else None
    more = len(hits) > limit
    hits = hits[:limit]
    following = cursors.encode(hits[-1].rank, str(hits[-1].id)) if more else None
    return Found(hits, following, ranked_newest)


def _plan(connection: Connection, wanted: Wanted) -> Plan | None:
    """How to search; None if nothing can be found, as by stop words alone."""
    return PLAN_SEARCH.one(
        connection,
        query=wanted.query,
        language=None if wanted.language is None else LANGUAGES[wanted.language],
    )


def _hits(connection: Connection, wanted: Wanted, plan: Plan, **page: object) -> list[FoundPage]:
    one_by_one = wanted.file_id is not None or plan.is_less_work_one_by_one()
    hits = _ask(connection, wanted, plan, page, one_by_one=one_by_one)
    enough = wanted.file_id is not None or plan.pages <= _MOST_LOOKED_AT
    if not one_by_one or enough or (hits and hits[0].matches > MOST_RANKED):
        return hits
    # Few of the newest pages match: statistics were old, or older pages have the words.
    return _ask(connection, wanted, plan, page, one_by_one=False)


def _suggestion(wanted: Wanted, plan: Plan) -> str | None:
    """Another query that finds something, if there is one, and it is found in time."""
    try:
        with search_limits.transaction() as connection:
            query = suggestions.correct(connection, wanted.tenant, wanted.query, plan.languages)
            if query is None:
                return None
            other = replace(wanted, query=query)
            found = _plan(connection, other)
            page = {"rank": None, "after": None, "limit": 1}
            return query if found and _hits(connection, other, found, **page) else None
    except TransientFailure:
        return None  # that nothing was found is known all the same


def _ask(
    connection: Connection, wanted: Wanted, plan: Plan, page: dict[str, object], *, one_by_one: bool
) -> list[FoundPage]:
    quoted = phrases.parse(wanted.query)
    return SEARCH_PAGES.all(
        connection,
        one_by_one=one_by_one,
        any_query=plan.any_query,
        languages=plan.languages,
        queries=plan.queries,
        # What must not be there is another word in each language.
        exact="!" in plan.any_query,
        phrases=quoted.needed(),
        snippet=quoted.snippet(),
        rest=quoted.rest,
        most=MOST_RANKED,
        most_looked_at=_MOST_LOOKED_AT,
        **wanted.filters(),
        **page,
    )


def to_answer(found: FoundPage, query: str) -> Hit:
    """A hit of a query as the API shows it."""
    snippet = [Piece(text, is_hit) for text, is_hit in pieces(found.marked, query)]
    doubts = doubts_of(found.doubts)
    name, folder = found.file_name, found.file_folder
    return Hit(found.file_id, name, folder, found.number, found.rank, snippet, doubts)


def pieces(marked: str, query: str) -> list[tuple[str, bool]]:
    """A marked text cut where hits begin and end: each piece, and whether it is a hit.

    Words are marked in it, phrases of the query are not.
    """
    first, *others = marked.translate(_STAND_INS).split(_BEGIN)
    cut = [(first, False)]
    for other in others:
        hit, _, rest = other.partition(_END)
        cut += [(hit, True), (rest, False)]
    return phrases.parse(query).mark([piece for piece in cut if piece[0]])


def spans(cut: Sequence[tuple[str, bool]]) -> list[list[int]]:
    """Where hits begin and end in the text, in code points."""
    found, at = [], 0
    for piece, is_hit in cut:
        if is_hit:
            found.append([at, at + len(piece)])
        at += len(piece)
    return found

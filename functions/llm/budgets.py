"""What a delivery of a page may spend: reserved before its calls, and settled after them.

What the first call may cost at most is reserved in the transaction that takes the page, under every
ceiling (of the file, by days of its token and of the whole Lector), and settled in the one that
stores its text. Before each further call what was spent is settled, and what that call may cost is
reserved. So however many pages are read at once, what was spent and what is under way are never
more than a ceiling. A page for which no money is left waits (`lector.domain.budgets`).

A later delivery of the page takes the reservation over, as the process of the former one is gone.
Readers that cost nothing reserve nothing; what those without prices cost, they tell themselves.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol
from uuid import uuid4

from functions.llm.model_calls import Call
from functions.llm.model_errors import RequestFailed
from functions.llm.readers import Request
from functions.llm.readings import RefusedAnswer
from lector.contracts import PageRegistered
from lector.domain import cost_estimates, file_completion
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event, page_id
from lector.runtime.failures import LectorError, PermanentFailure

_PAID_CODES = (FailureCode.MODEL_TIMED_OUT, FailureCode.ANSWER_BROKEN_OFF)
_LOOK_AGAIN_S = 30.0  # where days have ceilings: others may leave something over


@dataclass(frozen=True)
class Ceiling:
    """A ceiling, in USD, under which there is too little room."""

    scope: str
    ceiling_usd: float


class Page(Protocol):
    """What a page's budget goes by."""

    @property
    def image_width_px(self) -> int:
        """Of the image that is read."""

    @property
    def image_height_px(self) -> int:
        """The same."""

    @property
    def has_ceiling(self) -> bool:
        """Whether its file or its token has a ceiling in money."""


class NoMoneyLeft(LectorError):
    """The next call about a page may cost more than is left under a ceiling."""

    def __init__(self, ceiling: Ceiling, needs_usd: float) -> None:
        super().__init__(describe(ceiling, needs_usd))
        self.ceiling, self.needs_usd = ceiling, needs_usd


_sql = queries.load(__file__)
RESERVE = _sql.rows("reserve", Ceiling)
SETTLE = _sql.scalar("settle", bool)
WAIT_FOR_MONEY = _sql.statement("wait_for_money")
LOOK_SOON = _sql.statement("look_soon")


class PageBudget:
    """What one delivery of a page has reserved and spent, in USD.

    As a context it settles at its end whatever was not settled with the page's text, and has the
    page wait where there is `NoMoneyLeft`.
    """

    def __init__(self, event: Event[PageRegistered], page: Page) -> None:
        self.spent_usd = 0.0
        self._event = event
        self._page = page
        self._delivery = uuid4()
        self._reserved_usd = 0.0

    def must_reserve(self, request: Request) -> bool:
        """Whether a first call needs money, or a price; else `reserve` does nothing."""
        if request.prices is None:
            return (
                self._page.has_ceiling or settings.current(settings.Budgets).ceiling_usd is not None
            )
        return self._piece_usd(request, request.max_tokens) > 0

    def reserve(self, connection: Connection, request: Request) -> None:
        """Reserve what the first call may cost.

        It must be the first change of a transaction, which the exception rolls back.

        Raises:
            NoMoneyLeft: there is too little under a ceiling.
            PermanentFailure: there is a ceiling, and nobody knows what the reader costs.

        """
        if not self.must_reserve(request):
            return
        if request.prices is None:
            raise PermanentFailure(FailureCode.COST_UNKNOWN)
        usd = self._piece_usd(request, request.max_tokens)
        short = self._reserve(connection, usd)
        if short is not None:
            raise NoMoneyLeft(short, usd)

    def whole(self, request: Request, max_tokens: int) -> AbstractContextManager[Call]:
        """Make a call about the page's image in this; raises `NoMoneyLeft`, and it is not made."""
        return self._call(_at_most_usd(request, self._pixels, max_tokens))

    def piece(self, request: Request, max_tokens: int) -> AbstractContextManager[Call]:
        """The same of a piece of it, which is no larger than what the reader takes."""
        return self._call(self._piece_usd(request, max_tokens))

    def settle(self, connection: Connection) -> None:
        """Count what was spent so far, and give back what was reserved beyond."""
        if not self._is_open:
            return
        SETTLE.run(connection, **self.parameters())

    def settled(self) -> None:
        """All that was spent is counted: the transaction in which that was done is committed."""
        self.spent_usd = self._reserved_usd = 0.0

    def parameters(self) -> dict[str, object]:
        """What statements that settle want to know."""
        return {
            "page_id": _page(self._event),
            "file_id": self._event.file_id,
            "delivery": self._delivery,
            "spent_usd": self.spent_usd,
            "is_open": self._is_open,
        }

    def __enter__(self) -> "PageBudget":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, NoMoneyLeft):
            with database.transaction() as connection:
                self._wait(connection, error)
            return True
        if self._is_open:
            with database.transaction() as connection:
                self.settle(connection)
        return False

    @property
    def _is_open(self) -> bool:
        """Whether anything is to be settled."""
        return bool(self.spent_usd or self._reserved_usd)

    @property
    def _pixels(self) -> int:
        return self._page.image_width_px * self._page.image_height_px

    def _piece_usd(self, request: Request, max_tokens: int) -> float:
        """What a call may cost at most about an image that is no larger than the reader takes."""
        pixels = min(self._pixels, request.longest_side_px**2)
        return _at_most_usd(request, pixels, max_tokens)

    @contextmanager
    def _call(self, at_most: float) -> Iterator[Call]:
        """Count what a call costs: as its usage says, or at most where that is not known."""
        if self.spent_usd + at_most > self._reserved_usd:
            self._reserve_more(at_most)
        call = Call()
        try:
            yield call
        except RequestFailed as failed:
            self.spent_usd += at_most if failed.code in _PAID_CODES else 0.0
            raise
        except RefusedAnswer:
            self._count(call, at_most)
            raise
        self._count(call, at_most)

    def _count(self, call: Call, at_most: float) -> None:
        cost = call.usage.cost_usd
        self.spent_usd += at_most if cost is None else cost

    def _reserve(self, connection: Connection, usd: float) -> Ceiling | None:
        """Reserve for the next call; the ceiling under which there is no room for it, if any."""
        short = RESERVE.one(connection, **self.parameters(), usd=usd, **_ceiling())
        if short is None:
            self._reserved_usd = usd
        return short

    def _reserve_more(self, usd: float) -> None:
        """Settle what was spent, and reserve for another call: one that crashes loses nothing."""
        with database.transaction() as connection:
            self.settle(connection)
        self.settled()
        with database.transaction() as connection:
            short = self._reserve(connection, usd)
            if short is not None:
                raise NoMoneyLeft(short, usd)

    def _wait(self, connection: Connection, short: NoMoneyLeft) -> None:
        """Have the page wait until there is money: out of flight, and no event of it under way.

        Who settles for the file after this finds it waiting, as the file is locked; whoever did
        before may have left something over, so that it is announced again at once.
        """
        file_id, generation = self._event.file_id, self._event.data.generation
        is_current = file_completion.lock(connection, file_id, generation) is not None
        self.settle(connection)
        if is_current:
            WAIT_FOR_MONEY.run(
                connection,
                page_id=_page(self._event),
                generation=generation,
                code=FailureCode.BUDGET_EXCEEDED,
                detail=str(short),
                needs_usd=short.needs_usd,
            )
            LOOK_SOON.run(connection, file_id=file_id, after_s=_LOOK_AGAIN_S)
            file_completion.go_on(connection, file_id, generation, "llm")


def _at_most_usd(request: Request, pixels: int, max_tokens: int) -> float:
    question = f"{request.system}{request.user}"
    return cost_estimates.at_most_usd(request.prices, question, pixels, max_tokens)


def describe(short: Ceiling, needs_usd: float) -> str:
    """Under which ceiling there is no room, and how it goes on, for people."""
    kind = short.scope.partition(" ")[0]
    what, until = {
        "file": ("the file's ceiling", "it goes on when that is raised"),
        "token": ("today's ceiling of its token", "it goes on tomorrow (UTC)"),
    }.get(kind, ("today's ceiling of this Lector", "it goes on tomorrow (UTC)"))
    needs = cost_estimates.dollars(needs_usd)
    return f"{what} of ${short.ceiling_usd:g} is reached (a page may cost {needs}); {until}"


def _ceiling() -> dict[str, float | None]:
    return {"max_cost_usd_per_day": settings.current(settings.Budgets).ceiling_usd}


def _page(event: Event[PageRegistered]) -> object:
    return page_id(event.file_id, event.data.page_number)

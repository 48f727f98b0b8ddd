"""What a failure of the reader means for its page, by how its lane has answered others.

A lane is an endpoint with its key. Which pages fail in a row, and whether a model has ever answered
well there, is kept in the database: processes come and go.

- What the lane as a whole refuses (a rate limit, nothing listens) never counts against a page.
- A failure of one request counts for its page if the lane has answered another since the page last
  failed, or if fewer than three pages fail in a row; more mean that the lane is away.
- A time-out always counts: it is paid for.
- A model that has never answered well there makes its pages fail after a while, with its words.
"""

from functions.llm.model_errors import RequestFailed
from functions.llm.readers import Request
from lector.contracts import PageRegistered
from lector.domain import readers
from lector.domain.failure_codes import FailureCode
from lector.runtime import database, queries, settings
from lector.runtime.database import Connection
from lector.runtime.events import Event, page_id
from lector.runtime.failures import PermanentFailure, TransientFailure

_sql = queries.load(__file__)
NOTE_ANSWER = _sql.statement("note_answer")
NOTE_OUTAGE = _sql.statement("note_outage")
NEVER_ANSWERED = _sql.scalar("never_answered", bool)
NOTE_FAILURE = _sql.scalar("note_failure", int)
NOTE_WAIT = _sql.statement("note_wait")
DROP_OLD_LANES = _sql.statement("drop_old_lanes")


def note_answer(connection: Connection, request: Request) -> None:
    """Record that a model answered well; within a second of the last time it changes nothing."""
    NOTE_ANSWER.send(connection, **_lane(request))


def columns(request: Request) -> dict[str, str]:
    """The lane of a request, for a statement that looks whether its last answer is fresh."""
    return {"lane": request.endpoint.lane, "lane_model": request.model}


def refuse(event: Event[PageRegistered], request: Request, refusal: TransientFailure) -> Exception:
    """What to raise when the lane, or the store, refuses; the page waits, and says what for."""
    with database.transaction() as connection:
        about = _page(event)
        NOTE_WAIT.run(connection, **about, code=refusal.code, reason=refusal.detail)
        of_lane = refusal.code in (FailureCode.MODEL_LIMITS_RATE, FailureCode.MODEL_UNREACHABLE)
        if of_lane and _never_answered(connection, request):
            return PermanentFailure(refusal.code, _never(refusal.detail))
    return refusal


def fail(event: Event[PageRegistered], request: Request, failure: RequestFailed) -> Exception:
    """What to raise when a request failed: that of the page, once it has failed too often."""
    with database.transaction() as connection:
        failures = NOTE_FAILURE.one(
            connection,
            **_page(event),
            lane=request.endpoint.lane,
            code=failure.code,
            reason=failure.detail,
            always=failure.code == FailureCode.MODEL_TIMED_OUT,
            several=readers.SEVERAL,
        )
        if _never_answered(connection, request):
            return PermanentFailure(failure.code, _never(failure.detail))
    if failures is not None and failures >= settings.current(settings.Model).model_attempts:
        return PermanentFailure(failure.code, f"{failure.detail} ({failures} attempts)")
    return TransientFailure(failure.detail, code=failure.code, of_event=True)


def _never_answered(connection: Connection, request: Request) -> bool:
    """Record that a model fails; whether it has done so for long, and never anything else."""
    lane = _lane(request)
    NOTE_OUTAGE.run(connection, **lane)
    DROP_OLD_LANES.run(connection)
    after_s = settings.current(settings.Model).model_first_answer_s
    return bool(NEVER_ANSWERED.one(connection, **lane, after_s=after_s))


def _never(detail: str) -> str:
    minutes = settings.current(settings.Model).model_first_answer_s / 60
    unit = "minute" if minutes == 1 else "minutes"
    return f"{detail}; it has never answered well, for {minutes:g} {unit}"


def _page(event: Event[PageRegistered]) -> dict[str, object]:
    number, generation = event.data.page_number, event.data.generation
    return {"page_id": page_id(event.file_id, number), "generation": generation}


def _lane(request: Request) -> dict[str, str]:
    return {"lane": request.endpoint.lane, "model": request.model}

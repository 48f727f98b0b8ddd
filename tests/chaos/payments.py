"""Which calls of the model nothing explains: no kill, no cut, nobody who asked for them.

A page is asked for once. Again it may be when the answer was lost in a disturbance, or when
somebody retries it. Once a page's text is stored, or its file's cancel is settled, whoever was on
the way with it may still ask; a while later nobody may.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from .evidence import Evidence
from .model import Call, Shown
from .people import Action

# From the moment at which a function looks whether a page is wanted to its call of the model. The
# image is fetched in between, which takes long when the process or the object store is disturbed.
_ON_THE_WAY_S, _ON_THE_WAY_IN_NOISE_S = 5.0, 20.0
_AFTER_NOISE_S = 20.0
# An event whose delivery was cut off comes again when its ack wait is over, which is 30 s.
_REDELIVERED_AFTER_S = 45.0


def paid_twice(found: Evidence) -> Iterator[str]:
    """A line for each call that asked again for what had been read, or had been answered."""
    calls = _calls_by_page(found)
    for file_id in _judged_ids(found):
        number = found.number_of(file_id)
        readings = defaultdict(list)
        for page, at in found.readings.get(file_id, []):
            readings[page].append(at)
        actions = [action for action in found.actions if action.file.id == file_id]
        uploaded_at = next((f.began for f in found.accepted if f.id == file_id), 0.0)
        for shown in [shown for shown in calls if shown[0] == number]:
            retries = [a for a in actions if a.kind == "retry pages" and shown[1] in a.pages]
            read_at = sorted(readings[shown[1]])
            what = f"file {shown[0]} page {shown[1]} was asked for"
            for first, second in pairwise(calls[shown]):
                if _was_read_before(second, read_at, retries, found):
                    yield f"{what} though it was read{_moments(first, second, found)}"
                elif first.outcome == "answered" and not _explained(
                    first, second, uploaded_at, actions, found
                ):
                    yield f"{what} though it was answered{_moments(first, second, found)}"


def read_after_cancel(found: Evidence) -> Iterator[str]:
    """A line for each call about a file whose cancel or deletion was settled before."""
    calls = _calls_by_page(found)
    judged = set(_judged_ids(found))
    for action in found.actions:
        settled = action.done and (action.kind == "delete" or action.status == "cancelled")
        if action.kind not in ("cancel", "delete") or not settled or action.file.id not in judged:
            continue
        others = [a for a in found.actions if a.file.id == action.file.id and a is not action]
        retries = [a for a in others if a.kind.startswith("retry") and a.may_have_happened]
        for shown in [shown for shown in calls if shown[0] == action.file.number]:
            for call in calls[shown]:
                late = call.began > action.ended + _on_the_way_s(action.ended, found)
                if late and not _wanted_by(retries, action.ended, call.began):
                    what = f"file {shown[0]} page {shown[1]} was asked for"
                    yield f"{what} {call.began - action.ended:.1f} s after {action.kind}"


def paid_for_nothing(found: Evidence) -> Iterator[str]:
    """A line for each call about a page that carries its text, unless somebody named that page.

    Whoever names a page wants the model's words. Files whose calls are not theirs alone count, too:
    no page of theirs is to be asked about.
    """
    retries = [a for a in found.actions if a.kind == "retry pages" and a.may_have_happened]
    for call in sorted(found.calls, key=lambda call: call.began):
        file, page = call.shown
        named = [a for a in retries if a.file.number == file and page in a.pages]
        wanted = any(a.began <= call.began for a in named)
        if found.is_extracted(call.shown) and not wanted:
            yield f"file {file} page {page} was asked for ({call.outcome}), but carries its text"


def answered_again(calls: list[Call]) -> int:
    """Answers beyond the first for a page, whatever explains them."""
    answered = Counter(call.shown for call in calls if call.outcome == "answered")
    return answered.total() - len(answered)


def _moments(first: Call, second: Call, found: Evidence) -> str:
    """Both calls on the clock of the noise, for whoever looks into the logs."""
    over = found.timeline.over_at
    asked = f"{first.began - over:.1f} and {second.began - over:.1f} s after the noise"
    return f" (asked {asked}, {first.outcome} in {(first.ended or over) - first.began:.1f} s)"


def _judged_ids(found: Evidence) -> list[str]:
    """Files whose calls are theirs alone: whose upload is known once, under one id."""
    ids = {*found.confirmed, *(file.id for file in found.accepted)}
    numbers = {file_id: found.number_of(file_id) for file_id in ids}
    times = Counter(numbers.values())
    return sorted(i for i, number in numbers.items() if number is not None and times[number] == 1)


def _calls_by_page(found: Evidence) -> dict[Shown, list[Call]]:
    by_page = defaultdict(list)
    for call in sorted(found.calls, key=lambda call: call.began):
        by_page[call.shown].append(call)
    return by_page


def _was_read_before(
    call: Call, read_at: list[float], retries: list[Action], found: Evidence
) -> bool:
    """Whether a page's text was stored well before a call, and nobody wanted it again since."""
    before = [at for at in read_at if call.began > at + _on_the_way_s(at, found)]
    return bool(before) and not _wanted_by(retries, max(before), call.began)


def _wanted_by(retries: list[Action], since: float, until: float) -> bool:
    return any(a.began <= until and a.effective_until >= since for a in retries)


def _explained(
    first: Call, second: Call, uploaded_at: float, actions: list[Action], found: Evidence
) -> bool:
    """Whether an answer may have been lost, or made void, before the page was asked for again.

    Of two calls at nearly the same time, neither waited for the other: the event came twice, as a
    disturbance some time before may have caused. None from before the upload did.
    """
    if any(a.began <= second.began and a.effective_until >= first.began for a in actions):
        return True
    ended = first.ended or second.began
    at_once = second.began < ended + _on_the_way_s(ended, found)
    since = first.began - (_REDELIVERED_AFTER_S if at_once else 0.0)
    return found.timeline.disturbed(max(uploaded_at, since), second.began)


def _on_the_way_s(since: float, found: Evidence) -> float:
    """How long after a moment somebody may still be on the way to the model."""
    in_noise = since < found.timeline.over_at + _AFTER_NOISE_S
    return _ON_THE_WAY_IN_NOISE_S if in_noise else _ON_THE_WAY_S

"""What became of every page, counted by what must not happen: all zeros is a pass."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from functions.llm import verifying
from lector.cli.answers import Json
from lector.domain import object_keys
from lector.domain.states import Provenance
from lector.domain.verification import Reason, Status

from . import papers, payments
from .evidence import Evidence
from .people import Action

FINISHED = ("completed", "incomplete", "failed", "cancelled")
#: Provenances of texts that pages carry themselves.
OF_THE_PAGE = (Provenance.TEXT_LAYER, Provenance.MIXED)
#: Why a page is not verified in a run: the second reader was killed, away, or slow.
AWAY = (Reason.ANCHOR_FAILED, Reason.NO_ANCHOR_IN_TIME)
#: The counts that must be zero.
FAULTS = (
    *("unfinished", "lost", "duplicated", "misplaced", "paid_twice", "good_failed"),
    *("unexplained", "living_removed", "objects_left", "read_after_cancel", "unsettled"),
    *("without_model", "paid_for_nothing", "misjudged"),
)


@dataclass
class Verdict:
    """The counts; whatever is not as it should be is told in a line each.

    unfinished: files that never end, or tombstones that stay. lost: pages without a row or a
    reason, files that are gone, requests of people without effect. duplicated: rows or
    announcements that came twice. misplaced: texts that neither the model said of their page, nor
    the page carries where its text is taken from there.
    paid_twice: calls that neither a disturbance nor a person explains. good_failed: pages
    that failed though the reader can read them. unexplained: pages that no reader can read, and
    that do not say why in the server's words. living_removed: objects of living files that are
    not there. objects_left: objects of deleted files. read_after_cancel: pages read though a
    cancel or a deletion was settled. unsettled: events that no consumer is done with.
    without_model: pages that were to be read by the model, and are said to be read otherwise.
    paid_for_nothing: calls about pages whose text is taken from there, unless a person wanted them.
    misjudged: pages with the model's right answer of which the second reader is said to have
    another, or that were not held against it and do not say that it was away or too slow.

    `extracted` are those of the pages read whose text was taken from the page itself; `verified`
    those whose text was held against a second reader, `not_verified` those where none was there.
    """

    files: int = 0
    pages: int = 0
    read: int = 0
    extracted: int = 0
    failed_visible: int = 0
    cancelled: int = 0
    unfinished: int = 0
    lost: int = 0
    duplicated: int = 0
    misplaced: int = 0
    paid_twice: int = 0
    good_failed: int = 0
    unexplained: int = 0
    living_removed: int = 0
    objects_left: int = 0
    read_after_cancel: int = 0
    unsettled: int = 0
    without_model: int = 0
    paid_for_nothing: int = 0
    misjudged: int = 0
    verified: int = 0
    not_verified: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not any(getattr(self, name) for name in FAULTS)

    def counts(self) -> dict[str, int]:
        """All of it but what is told."""
        return {name: value for name, value in asdict(self).items() if name != "told"}

    def count(self, fault: str, what: str, times: int = 1) -> None:
        """Count a fault, and tell it."""
        if times > 0:
            setattr(self, fault, getattr(self, fault) + times)
            self.told.append(f"{fault.upper().replace('_', ' ')}: {what}")


def judge(found: Evidence) -> Verdict:
    """Count everything."""
    verdict = Verdict()
    _Files(found, verdict).judge()
    _judge_rows(found, verdict)
    _judge_objects(found, verdict)
    for what in payments.paid_twice(found):
        verdict.count("paid_twice", what)
    for what in payments.read_after_cancel(found):
        verdict.count("read_after_cancel", what)
    for what in payments.paid_for_nothing(found):
        verdict.count("paid_for_nothing", what)
    return verdict


class _Files:
    """Judges files and their pages."""

    def __init__(self, found: Evidence, verdict: Verdict) -> None:
        self._found = found
        self._verdict = verdict
        self._given = Counter(call.shown for call in found.calls if call.number)

    def judge(self) -> None:
        verdict, found = self._verdict, self._found
        for name in found.refused_uploads:
            verdict.count("lost", f"{name} was never accepted, also when nothing was disturbed")
        for file_id in sorted({*found.confirmed, *(file.id for file in found.accepted)}):
            actions = [action for action in found.actions if action.file.id == file_id]
            file = found.files.get(file_id)
            deletes = [a for a in actions if a.kind == "delete" and a.may_have_happened]
            if file is None and not deletes:
                verdict.count("lost", f"{file_id} was accepted and is not listed")
            elif file is not None and any(a.done for a in deletes):
                verdict.count("lost", f"{file_id} was deleted and is listed")
            elif file is not None:
                self._see_file(file, found.pages.get(file_id, []), actions)

    def _see_file(self, file: Json, pages: Sequence[Json], actions: Sequence[Action]) -> None:
        verdict, found = self._verdict, self._found
        number = found.number_of(file["id"])
        assert number is not None
        expected = papers.pages_in(number, found.pages_per_file)
        verdict.files += 1
        verdict.pages += expected
        what = f"{file['name']} ({file['id']}, {file['status']})"
        if file["status"] not in FINISHED:
            verdict.count("unfinished", f"{what} is not finished")
        self._see_cancels(file, what, actions)
        if file["status"] in ("failed", "cancelled") and not pages:
            self._see_failure(file, (number, 0), what, actions, expected)
            return
        by_number = {page["number"]: page for page in pages}
        verdict.count("duplicated", f"{what} shows page rows twice", len(pages) - len(by_number))
        more = by_number.keys() - range(1, expected + 1)
        verdict.count("duplicated", f"{what} has pages too many", len(more))
        for at in range(1, expected + 1):
            self._see_page((number, at), by_number.get(at), f"{what} page {at}", actions)

    def _see_cancels(self, file: Json, what: str, actions: Sequence[Action]) -> None:
        cancels = [a for a in actions if a.kind == "cancel" and a.may_have_happened]
        if file["status"] == "cancelled" and not cancels:
            self._verdict.count("lost", f"{what} was cancelled by nobody")
        retries = [a for a in actions if a.kind.startswith("retry") and a.may_have_happened]
        for cancel in cancels:
            after = [a for a in retries if a.effective_until > cancel.began]
            settled = cancel.done and cancel.status == "cancelled" and not after
            if settled and file["status"] != "cancelled":
                self._verdict.count("read_after_cancel", f"{what} was cancelled, and goes on")

    def _see_page(
        self, shown: tuple[int, int], page: Json | None, what: str, actions: Sequence[Action]
    ) -> None:
        verdict = self._verdict
        if page is None:
            verdict.count("lost", f"{what} has no row")
        elif page["status"] == "failed":
            self._see_failure(page, shown, what, actions, 1)
        elif page["status"] != "read":
            verdict.count("lost", f"{what} is {page['status']}, waiting for {page['waiting_for']}")
        elif page["provenance"] in OF_THE_PAGE:
            self._see_extracted(page, shown, what, actions)
        elif number := self._answer_of(shown, page["text"]):
            verdict.read += 1
            self._see_retries(shown, number, what, actions)
            self._see_second_reader(page, what)
        elif papers.is_blank(*shown) and page["text"] == "":
            verdict.read += 1
        else:
            verdict.count("misplaced", f"{what} has the text {page['text']!r}")

    def _see_extracted(
        self, page: Json, shown: tuple[int, int], what: str, actions: Sequence[Action]
    ) -> None:
        verdict = self._verdict
        if not self._found.is_extracted(shown):
            verdict.count("without_model", f"{what} was read by {page['provenance']}")
        elif not papers.is_text_of(page["text"], *shown):
            verdict.count("misplaced", f"{what} has the text {page['text']!r}")
        else:
            verdict.read += 1
            verdict.extracted += 1
            self._see_retries(shown, None, what, actions)

    def _see_second_reader(self, page: Json, what: str) -> None:
        verdict, found = self._verdict, page["verification"] or {}
        doubts = [doubt["code"] for doubt in page["doubts"] if doubt["code"] in verifying.CODES]
        if doubts:
            verdict.count("misjudged", f"{what} is doubted: {', '.join(doubts)}")
        elif found.get("status") == Status.VERIFIED:
            verdict.verified += 1
        elif found.get("status") == Status.NOT_VERIFIED and found["reason"] in AWAY:
            verdict.not_verified += 1
        else:
            verdict.count("misjudged", f"{what} has the verification {page['verification']}")

    def _answer_of(self, shown: tuple[int, int], text: str) -> int | None:
        """Which of the model's answers about the page a text is; None if it is none of them."""
        numbers = range(1, self._given[shown] + 1)
        return next((n for n in numbers if text == papers.answer(*shown, n)), None)

    def _see_retries(
        self,
        shown: tuple[int, int],
        number: int | None,
        what: str,
        actions: Sequence[Action],
    ) -> None:
        """A page that was read, and that somebody had read once more, has the text of later.

        That is the model's: `number` is which of its answers the text is, None if it is none.
        """
        if any(a.kind == "cancel" and a.may_have_happened for a in actions):
            return
        calls = [call for call in self._found.calls if call.shown == shown]
        asked = max((call.began for call in calls if call.number == number), default=0.0)
        for retry in actions:
            named = retry.kind == "retry pages" and shown[1] in retry.pages
            if named and retry.done and not retry.uncertain and self._was_read(retry, shown[1]):
                late = asked >= retry.began
                self._verdict.count("lost", f"{what} was not read once more", int(not late))

    def _was_read(self, retry: Action, page: int) -> bool:
        readings = self._found.readings.get(retry.file.id, [])
        return any(number == page and at < retry.began for number, at in readings)

    def _see_failure(
        self, row: Json, shown: tuple[int, int], what: str, actions: Sequence[Action], pages: int
    ) -> None:
        """Judge a page, or a file without pages, that has failed."""
        verdict = self._verdict
        if not row["error"] or not row["error_code"]:
            verdict.count("lost", f"{what} failed without a reason", pages)
            return
        why = f"{what} failed: {row['error_code']}, {row['error']}"
        cancels = [a for a in actions if a.kind == "cancel" and a.may_have_happened]
        if row["error_code"] == "cancelled" and cancels:
            verdict.cancelled += pages
            return
        how = papers.bad(*shown) if self._found.bad_pages else None
        if how is None and not papers.is_hopeless(*shown):
            verdict.count("good_failed", why, pages)
            return
        verdict.failed_visible += pages
        verdict.told.append(why)
        if how == "500" and papers.CRASHES not in row["error"]:
            verdict.count("unexplained", f"{why}; the server said: {papers.CRASHES}")


def _judge_rows(found: Evidence, verdict: Verdict) -> None:
    for row in found.announced_twice:
        verdict.count("duplicated", f"announced {row['times']} times: {row}", row["times"] - 1)
    for row in found.unpublished:
        verdict.count("lost", f"never published: {row}")
    for file_id, status in found.statuses.items():
        if status == "deleted":
            verdict.count("unfinished", f"the tombstone of {file_id} stays")
    for row in found.read_late:
        verdict.count("read_after_cancel", f"{row['name']} page {row['number']} ({row['id']})")
    for consumer, left in found.undelivered.items():
        verdict.count("unsettled", f"{left} events of {consumer}", left)


def _judge_objects(found: Evidence, verdict: Verdict) -> None:
    for key in sorted(found.living_keys - found.stored_keys):
        verdict.count("living_removed", key)
    living = {i for i, status in found.statuses.items() if status != "deleted"}
    for key in sorted(found.stored_keys):
        file_id = object_keys.file_id_of(key)
        if file_id is None or str(file_id) not in living:
            verdict.count("objects_left", key)

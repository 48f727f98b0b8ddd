"""The one line about many files that are being read."""

from dataclasses import dataclass

from lector.cli.answers import Json
from lector.cli.overview import Overview


@dataclass
class Shown:
    """A file among many."""

    file: Json
    finished: bool = True
    found_before: bool = False


class Seconds:
    """A clock that stands still between looks."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def read(pages: int, usd: float | None = None, **progress: int) -> Json:
    return {"status": "completed", "progress": {"read": pages, **progress}, "spent_usd": usd}


WAITING: Json = {"status": "waiting"}


def test_it_says_files_pages_rate_time_left_cost_and_problems() -> None:
    clock = Seconds()
    line = Overview(clock)
    open_files = [Shown(WAITING, finished=False) for _ in range(2000)]
    assert line.describe(open_files) == "0 of 2,000 files, 0 pages read"
    clock.now = 20.0
    done = [Shown(read(3, 0.001, doubted=1, failed=1)) for _ in range(400)]
    assert line.describe([*done, *open_files[400:]]) == (
        "400 of 2,000 files, 1,200 pages read, 60 pages/s, about 80 s left, $0.4,"
        " 400 pages failed, 400 pages to look at"
    )


def test_rate_and_time_left_are_those_of_the_last_minute() -> None:
    clock = Seconds()
    line = Overview(clock)
    files = [Shown(WAITING, finished=False) for _ in range(1000)]
    line.describe(files)
    files[:600] = [Shown(read(1)) for _ in range(600)]
    clock.now = 100.0
    line.describe(files)
    files[600:630] = [Shown(read(1)) for _ in range(30)]
    clock.now = 150.0
    assert "36 pages/min, about 10 min left" in line.describe(files)


def test_what_was_paid_for_before_is_not_counted_as_cost() -> None:
    files = [Shown(read(1, 0.5), found_before=True), Shown(read(1, 0.25))]
    assert Overview(Seconds()).describe(files) == "2 of 2 files, 2 pages read, $0.25"


def test_it_says_what_files_wait_for_beside_their_turn() -> None:
    behind = {"code": "behind_files", "detail": "behind 3 files of yours", "since": None}
    away = {"code": "model_unreachable", "detail": "nothing listens there", "since": None}
    files = [
        Shown({"status": "reading", "waiting": waiting}, finished=False)
        for waiting in (None, behind, away)
    ]
    line = Overview(Seconds()).describe(files)
    assert line == "0 of 3 files, 0 pages read (waits: nothing listens there)"

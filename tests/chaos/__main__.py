"""make chaos: the embedded stack under noise; one JSON line says whether anything was lost.

Progress goes to stderr. Exits with 1 if a page was lost, read twice, or read as another.
"""

import argparse
import json
import secrets
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .run import Outcome, Plan, run

_begin = time.monotonic()


def main() -> None:
    """Run once, and print what came of it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    words = _words()
    plan = Plan(words.files, words.pages, words.seconds, words.seed)
    say(
        f"SEED={plan.seed}: {plan.files} files of {plan.pages} pages, {plan.seconds:.0f} s of noise"
    )
    try:
        outcome = run(plan, words.keep, say)
    except KeyboardInterrupt:
        sys.exit(130)
    _explain(outcome)
    print(_line(plan, outcome), flush=True)
    if not outcome.verdict.good:
        sys.exit(1)


def say(message: str) -> None:
    """Tell a person what is going on."""
    sys.stderr.write(f"chaos {time.monotonic() - _begin:6.1f} s: {message}\n")


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120, help="how long the noise lasts")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder, which is kept")
    return parser.parse_args()


def _line(plan: Plan, outcome: Outcome) -> str:
    members = {
        **outcome.verdict.counts(),
        "model_calls": outcome.model.calls.total(),
        "kills": dict(outcome.noise.kills),
        "outages": dict(outcome.noise.outages),
        "dead_letters": outcome.dead_letters,
        "seconds": round(outcome.seconds, 1),
        "seed": plan.seed,
    }
    return json.dumps(members)


def _explain(outcome: Outcome) -> None:
    for line in outcome.verdict.told:
        say(line)
    if outcome.verdict.failed_visible:
        say("the third page of every seventh file is one of which every answer is cut off")
    uploads, model = outcome.uploads, outcome.model
    say(f"{len(uploads.accepted)} uploads accepted in {uploads.tries} tries")
    if uploads.given_up:
        say(f"never accepted: {', '.join(uploads.given_up)}")
    if outcome.vanished:
        say(f"{outcome.vanished} events that JetStream had confirmed are not in its stream")
    calls = ", ".join(f"{count} {name}" for name, count in model.calls.most_common())
    say(f"calls of the model: {calls}")
    say(
        f"{model.answered_again} answers were beyond one for each page: {model.overlapping} because"
        " the event came again while the first call ran, the others because whoever had asked was"
        " killed or cut off before the answer was stored"
    )


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    """Unwind, so that what was started is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()

"""make chaos: the embedded stack under noise; one JSON line says what went wrong, in counts.

Progress goes to stderr. Exits with 0 if every count is zero, with 1 if one is not, and with 3 if
the harness itself could not find out: that is no verdict.
"""

import argparse
import json
import secrets
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

from lector.domain.states import TextLayerUse

from .patience import NoVerdict
from .payments import answered_again
from .run import Outcome, Plan, run
from .schedule import KINDS

NO_VERDICT = 3

_begin = time.monotonic()


def main() -> None:
    """Run once, and print what came of it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    words = _words()
    plan = Plan(
        words.files,
        words.pages,
        words.seconds,
        words.seed,
        frozenset(words.without),
        words.text_layer,
    )
    without = f", without {', '.join(sorted(plan.without))}" if plan.without else ""
    say(
        f"SEED={plan.seed}: {plan.files} files of {plan.pages} pages,"
        f" {plan.seconds:.0f} s of noise, TEXT_LAYER={plan.text_layer}{without}"
    )
    try:
        outcome = run(plan, words.keep, say)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not isinstance(error, NoVerdict):
            traceback.print_exc()
        _end_without_verdict(plan, error)
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
    parser.add_argument("--seconds", type=float, default=90, help="how long the noise lasts")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument(
        "--text-layer",
        type=TextLayerUse,
        default=TextLayerUse.NEVER,
        choices=[TextLayerUse.NEVER, TextLayerUse.AUTO],
        help="what becomes of the text that half of the files carry: never: the model reads every"
        " page; auto: it is taken from there",
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder, which is kept")
    parser.add_argument(
        "--without",
        type=_kinds,
        default=[],
        metavar="KIND,KIND",
        help=f"kinds of noise to leave out, of {', '.join(KINDS)}",
    )
    return parser.parse_args()


def _kinds(text: str) -> list[str]:
    kinds = [kind.strip() for kind in text.split(",") if kind.strip()]
    if unknown := set(kinds) - set(KINDS):
        raise argparse.ArgumentTypeError(f"no kind of noise: {', '.join(sorted(unknown))}")
    return kinds


def _end_without_verdict(plan: Plan, error: Exception) -> NoReturn:
    reason = f"{type(error).__name__}: {error}"
    say(f"no verdict: {reason}")
    print(json.dumps({"no_verdict": reason, "seed": plan.seed}), flush=True)
    sys.exit(NO_VERDICT)


def _line(plan: Plan, outcome: Outcome) -> str:
    members = {
        **outcome.verdict.counts(),
        "model_calls": outcome.calls.total(),
        "kills": dict(outcome.noise.kills),
        "outages": dict(outcome.noise.outages),
        "dead_letters": outcome.dead_letters,
        "seconds": round(outcome.seconds, 1),
        "seed": plan.seed,
        "text_layer": plan.text_layer,
        "without": sorted(plan.without),
    }
    return json.dumps(members)


def _explain(outcome: Outcome) -> None:
    for line in outcome.verdict.told:
        say(line)
    if outcome.verdict.failed_visible:
        say("the third page of every seventh file is one of which every answer is cut off")
    found = outcome.evidence
    say(f"{len(found.accepted)} uploads accepted in {outcome.tries} tries")
    for action in found.actions:
        ended = "done" if action.done else "refused"
        what = f"{action.kind} {action.file.number:04}.pdf {sorted(action.pages) or ''}"
        say(f"{what}: {'uncertain, ' if action.uncertain else ''}{ended} {action.status}")
    if outcome.vanished:
        say(f"{outcome.vanished} events that JetStream had confirmed are not in its stream")
    calls = ", ".join(f"{count} {name}" for name, count in outcome.calls.most_common())
    say(f"calls of the model: {calls}")
    say(f"{answered_again(list(found.calls))} answers were beyond one for each page, explained by")
    say("whoever had asked being killed or cut off before the answer was stored, or by a retry")


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    """Unwind, so that what was started is stopped."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()

"""A model whose name says how it behaves: `good`, or in one of the ways that servers fail.

It sees which page it is shown (`marked_pages`), and keeps who was asked about what, and when.
"""

import base64
import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.support.marked_pages import Mark, mark_on
from tests.support.model import Answer, ScriptedModel, completion, error

GOOD = "good"
#: What the model says when it refuses: a page that fails because of it says so, too.
WORDS = {
    "says-500": "image input is not supported: there is no projector",
    "says-503": "the weights of the model are being loaded",
    "says-429": "too many requests of this key",
}
AWAY = "the upstream has gone away"
_IMAGE = re.compile(r"data:image/\w+;base64,([\w+/=]+)")
_HANGS_S = 3600.0
_BETWEEN_DROPS_S = 0.5


@dataclass(frozen=True)
class Call:
    """One request: of which model, about which page, and when (seconds since the epoch)."""

    model: str
    mark: Mark
    at: float


class BehavingModel(ScriptedModel):
    """Good answers take `latency_s`, `at_once` of them at a time: others wait for their turn.

    What fails takes no turn, and fails at once. While `is_away` is set, whoever is asked says 500.
    `behaviours` has pages that are answered in another way than their model's name says.
    """

    def __init__(self, latency_s: float = 1.0, at_once: int = 8) -> None:
        self.is_away = False
        self.behaviours: dict[Mark, str] = {}
        self.calls: list[Call] = []
        self.latency_s = latency_s
        self._turns = threading.Semaphore(at_once)
        super().__init__()

    def asked(self, document: int) -> Counter[Mark]:
        """How often each page of a document was asked about."""
        return Counter(call.mark for call in list(self.calls) if call.mark[0] == document)

    def calls_between(self, begin: float, end: float) -> int:
        """How many requests came within these times."""
        return sum(begin <= call.at < end for call in list(self.calls))

    def _next(self, request: dict[str, Any]) -> Answer:
        found = _IMAGE.search(json.dumps(request))
        mark = mark_on(base64.b64decode(found[1])) if found else None
        if mark is None:
            return error(400, "no page can be seen on this image")
        model = str(request["model"])
        self.calls.append(Call(model, mark, time.time()))
        if self.is_away:
            return error(500, AWAY)
        behaviour = self.behaviours.get(mark, model)
        return self._read(mark) if behaviour == GOOD else misbehave(behaviour, mark)

    def _read(self, mark: Mark) -> Answer:
        with self._turns:
            self._halt.wait(self.latency_s)
        return completion(text_of(mark))


def text_of(mark: Mark) -> str:
    """What stands on a page."""
    return f"Document {mark[0]}, page {mark[1]}."


def misbehave(behaviour: str, mark: Mark) -> Answer:
    """The answer of a model of this name, about a page."""
    read = completion(text_of(mark))
    match behaviour:
        case "breaks-off":
            half = len(read.body) // 2
            return Answer(body=read.body, headers=read.headers, breaks_off_at=half)
        case "hangs":
            return Answer(delay_s=_HANGS_S)
        case "drips":
            return Answer(body=read.body, headers=read.headers, pause_s=_BETWEEN_DROPS_S)
        case "says-429":
            return error(429, WORDS[behaviour], **{"Retry-After": "1"})
        case "says-500" | "says-503":
            return error(int(behaviour.removeprefix("says-")), WORDS[behaviour])
    return error(404, f"there is no model {behaviour}")


def names_cause(behaviour: str, reason: str, timeout_s: int) -> bool:
    """Whether a failed page says what the server said, or which limit was passed."""
    if behaviour in WORDS:
        return WORDS[behaviour] in reason
    if behaviour == "breaks-off":
        return bool(reason)
    return "MODEL_TIMEOUT_S" in reason or f"{timeout_s} s" in reason

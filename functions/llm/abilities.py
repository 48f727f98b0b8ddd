"""What an endpoint turned out not to take, learnt from its refusals and remembered.

Servers that speak the same API differ: one refuses `provider`, one wants `max_completion_tokens`,
one takes no temperature, no system role, or fewer tokens than it is asked for. A refusal (mostly
400 or 422) that names what was sent is asked once more without it. Each parameter is given up once
at most, so that this ends. What was learnt holds for an endpoint and a model, in this process;
another learns it again.
"""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from functions.llm import model_errors
from functions.llm.readers import Request

log = logging.getLogger(__name__)

_MOST_REMEMBERED = 256
_FEWEST_TOKENS = 256
_DEEPEST = 8
TOKEN_NAMES = ("max_tokens", "max_completion_tokens")
SYSTEM_ROLE = "the system role"

# A refusal of something by its name, in the words of servers.
_REFUSES = re.compile(
    r"unsupported|un(?:recognized|expected|known|permitted)|extra|invalid|deprecated|forbidden"
    r"|not (?:been )?(?:supported|permitted|allowed|recognized|available|valid|enabled|compatible)"
    r"|(?:does|do|did)(?: not|n't) (?:support|accept|allow|recognize|exist|permit)"
    r"|can(?:not|'t) (?:be|find|accept)|no such|only (?:the )?(?:default|temperature|\w+=)"
    r"|must (?:not )?be|remove|instead",
    re.IGNORECASE,
)
_SYSTEM = r"\b(?:system|developer)['\"`]? (?:role|message|prompt|instruction)s?"
_NO_SYSTEM = re.compile(
    rf"{_SYSTEM}(?: is| are)? (?:not (?:supported|allowed|enabled|permitted|available)|unsupported)"
    rf"|unsupported[^.]{{0,30}}{_SYSTEM}"
    r"|(?:does|do)(?: not|n't) support (?:the |a )?['\"`]?(?:system|developer)\b"
    r"|(?:unexpected|unsupported|invalid|unknown)[^.]{0,30} role[^.]{0,20}\bsystem\b"
    r"|(?:only|just) (?:the )?['\"`]?user['\"`]?(?:,| and| or)[^.]{0,40} roles?"
    r"|roles must alternate",
    re.IGNORECASE,
)
_CONTEXT = (
    re.compile(r"\+ `?max_(?:new_)?tokens`? must be <= (\d{3,7})"),
    re.compile(
        r"(?:context|max(?:imum)?)[ _-]*(?:length|len|size|window)[^0-9\n]{0,40}?`?(\d{3,7})", re.I
    ),
)
_ASKED = (re.compile(r"requested (?:about )?`?(\d{2,7})`? tokens", re.I),)
_INPUT = (
    re.compile(
        r"(\d{1,7})`? (?:tokens? )?(?:in the (?:messages|prompt|input)|of text input)", re.I
    ),
    re.compile(r"(\d{1,7})`? (?:`?inputs?`?|prompt) tokens", re.I),
)
_MOST = (
    re.compile(r"(?:at most|less than or equal to|no more than|up to|<=|≤) `?(\d{2,7})", re.I),
    re.compile(r"> (\d{2,7}), which is the max", re.I),
    re.compile(r"range[^0-9\n]{0,40}\[ *\d+ *, *(\d{2,7}) *\]", re.I),
    re.compile(r"max(?:imum)?[^0-9\n]{0,60}?`?(\d{3,7})", re.I),
)
_TOO_MUCH = re.compile(
    r"context|too (?:large|many|long|high|big)|at most|less than or equal|exceed|<=|≤|range"
    r"|maximum|\d > \d",
    re.IGNORECASE,
)
_KINDS = r"(?:parameters?|arguments?(?: supplied)?|fields?|propert(?:y|ies)|keys?)"
_OF_TOKENS = re.compile(r"tokens|context", re.IGNORECASE)
_OF_NAME = re.compile(r"unsupported|not supported|instead|unrecogni[sz]ed|unknown|extra", re.I)


@dataclass(frozen=True)
class Abilities:
    """What an endpoint does not take of a model's requests, and how many tokens at most."""

    without: frozenset[str] = frozenset()
    most_tokens: int | None = None

    def tokens_as(self, request: Request) -> str | None:
        """The name under which it is told how long an answer may be; None: it is not."""
        names = [request.tokens_as, *TOKEN_NAMES] if request.tokens_as in TOKEN_NAMES else []
        return next((name for name in names if name not in self.without), None)

    def tokens(self, request: Request) -> int:
        """How long an answer may be."""
        return min(request.max_tokens, self.most_tokens or request.max_tokens)

    def takes(self, parameter: str) -> bool:
        """Whether it is sent this."""
        return parameter not in self.without


NOTHING_KNOWN = Abilities()


@dataclass(frozen=True)
class Sent:
    """What of a request can be given up: the names of its parameters, and the token limit."""

    parameters: frozenset[str]
    tokens: int


class Memory:
    """The abilities of endpoints and models, those asked last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Abilities] = OrderedDict()

    def of(self, request: Request) -> Abilities:
        """What is known of the endpoint and model of a request."""
        with self._lock:
            known = self._known.get(_key(request))
            if known is None:
                return NOTHING_KNOWN
            self._known.move_to_end(_key(request))
            return known

    def learn(self, request: Request, learnt: Abilities) -> None:
        """Remember it; what others learnt meanwhile is kept."""
        with self._lock:
            known = self._known.pop(_key(request), Abilities())
            limits = [most for most in (known.most_tokens, learnt.most_tokens) if most]
            self._known[_key(request)] = Abilities(
                known.without | learnt.without, min(limits, default=None)
            )
            while len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)

    def forget(self) -> None:
        """Know nothing."""
        with self._lock:
            self._known.clear()


MEMORY = Memory()


def adapt(request: Request, known: Abilities, sent: Sent, refusal: object) -> Abilities | None:
    """What is to be asked with after a refusal, given as decoded JSON or text.

    None if it names nothing that was sent and could be left out.
    """
    words = model_errors.find_reason(refusal, "")
    found = _give_up(known, sent, refusal, words)
    if found is None or found == known:
        return None
    given_up = sorted(found.without - known.without)
    if found.most_tokens != known.most_tokens:
        given_up.append(f"more than {found.most_tokens} tokens")
    shown = request.endpoint.hide_secrets(words)[:200]
    log.info(
        "%s refused %s of %s: asked without from now on (%s)",
        request.endpoint, ", ".join(given_up), request.model, shown,
    )  # fmt: skip
    MEMORY.learn(request, found)
    return found


def _give_up(known: Abilities, sent: Sent, refusal: object, words: str) -> Abilities | None:
    """What is known after a refusal; None if it is about something else."""
    named = _named(sent, refusal, words)
    limits = named & {*TOKEN_NAMES}
    if _is_too_much(words, named=bool(limits)):
        room = _room(words, sent.tokens, named=bool(limits))
        return replace(known, most_tokens=room) if room else None
    return replace(known, without=known.without | named) if named else None


def _is_too_much(words: str, *, named: bool) -> bool:
    """Whether a number of tokens is refused, and not the name under which it was sent."""
    if named and _OF_NAME.search(words):
        return False
    return bool(_TOO_MUCH.search(words)) and (named or bool(_OF_TOKENS.search(words)))


def _named(sent: Sent, refusal: object, words: str) -> set[str]:
    """What of the request a refusal names, by its own fields or else in its words."""
    places = set(_places(refusal, _DEEPEST))
    named = {name for name in sent.parameters if name in places}
    if SYSTEM_ROLE in sent.parameters and _NO_SYSTEM.search(words):
        named.add(SYSTEM_ROLE)
    return named or {name for name in sent.parameters if _is_refused_in(words, name)}


def _is_refused_in(words: str, name: str) -> bool:
    """Whether words refuse a parameter by its name, which may be a word of everyday, too."""
    name = re.escape(name)
    ways = [
        rf"['\"`\[]{name}['\"`\]=]",
        rf"(?:^|; ){name}: ",
        rf"{_KINDS}:? ?(?:\w+, )*{name}\b",
    ]
    if "_" in name or name == "temperature":
        ways.append(rf"\b{name}\b")
    is_named = re.search("|".join(ways), words)
    return bool(is_named and (_REFUSES.search(words) or _TOO_MUCH.search(words)))


def _places(body: object, depth: int) -> Iterator[str]:
    """The parameters that an error names in `param`, `loc` and the like, wherever these are."""
    if not depth:
        return
    if isinstance(body, dict):
        for key in ("param", "parameter", "field", "loc", "path"):
            yield from _names_in(body.get(key))
        for value in body.values():
            yield from _places(value, depth - 1)
    elif isinstance(body, list):
        for item in body[:10]:
            yield from _places(item, depth - 1)


def _names_in(place: Any) -> Iterator[str]:
    parts = place if isinstance(place, list) else [place]
    for part in parts:
        if isinstance(part, str):
            yield part
            yield part.removeprefix("body.").partition(".")[0]
            if re.fullmatch(r"messages?[.\[]0\]?\.role", part):
                yield SYSTEM_ROLE


def _room(words: str, tokens: int, *, named: bool) -> int | None:
    """How many tokens an answer may have, by a refusal of more; None if too few, or unknown.

    Where no number says it, half as many are tried if the limit is `named`; else it is the image
    that is too much.
    """
    context = _first(_CONTEXT, words)
    asked, before = _first(_ASKED, words), _first(_INPUT, words)
    room = tokens // 2 if named else None
    if context is not None and before is not None:
        room = context - before
    elif context is not None and asked is not None:
        room = context - (asked - tokens)
    elif (most := _first(_MOST, words)) is not None and most < tokens and named:
        room = most
    return room if room is not None and _FEWEST_TOKENS <= room < tokens else None


def _first(patterns: tuple[re.Pattern[str], ...], words: str) -> int | None:
    return next((int(found[1]) for one in patterns if (found := one.search(words))), None)


def _key(request: Request) -> tuple[str, str]:
    return request.endpoint.lane, request.model

"""What a reader said of a page, and that it said none; `answers` makes both of what models say."""

from dataclasses import dataclass, field
from typing import Any

from lector.runtime.failures import CodedFailure


@dataclass(frozen=True)
class Reading:
    """The text of a page, and what it took to get it.

    `words` are their places, if the model gives them: [word, left, top, right, bottom] each, in
    shares of the image's width and height when it is turned clockwise by `turned_degrees` (0, 90,
    180 or 270), which makes it upright; a sixth member is how sure it is of the word. `confidence`
    is of all words, from 0 to 100. Tokens, `cost_usd` and `confidence` are None where nobody knows.
    `doubts` are what the reader itself says against it.
    """

    text: str
    model: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    words: list[Any] | None = None
    blank: bool = False
    """Whether its reader, the embedded one, saw nothing on the page that looks like print."""
    doubts: dict[str, str] = field(default_factory=dict)
    turned_degrees: int = 0
    confidence: float | None = None


class RefusedAnswer(CodedFailure):
    """An answer that must not pass for a page's text."""

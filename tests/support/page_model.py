"""A model that sees which page it is shown, answers with that page's text, and counts."""

import base64
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.marked_pages import Mark, mark_on
from tests.support.model import Answer, ScriptedModel, completion, error

_IMAGE = re.compile(r"data:image/\w+;base64,([\w+/=]+)")

Act = Callable[[], Answer]


class PageModel(ScriptedModel):
    """Answers with `texts`, by mark, unless `acts` has something else for a page."""

    def __init__(self, texts: Mapping[Mark, str]) -> None:
        self.acts: dict[Mark, Act] = {}
        self.asked: Counter[Mark] = Counter()
        self._texts = texts
        self._counting = threading.Lock()
        super().__init__()

    def _next(self, request: dict[str, Any]) -> Answer:
        found = _IMAGE.search(json.dumps(request))
        mark = mark_on(base64.b64decode(found[1])) if found else None
        if mark is None:
            return error(400, "no page can be seen on this image")
        with self._counting:
            self.asked[mark] += 1
        act = self.acts.get(mark)
        return act() if act else completion(self._texts[mark])

"""The text that a page carries itself, and what `llm` needs it for: decided here, for all of it.

- A mixed page keeps it: only its pictures are read.
- Answers are held against it, and the answer's words have their places by it, unless the page is
  not verified at all (`verify: never`). Then nobody would use what came of that.
- When no answer was acceptable, it is the page's text.

So it is fetched when it is first needed: of a page that is not verified, only where all answers
were refused. It may not be there at all.
"""

from collections.abc import Callable
from uuid import UUID

from functions.llm.page_texts import PageToRead
from lector.domain import layer_objects
from lector.domain.states import VerifyUse
from lector.domain.text_layers import TextLayer
from lector.runtime.once import once


class OwnText:
    """A page's own text, as `find` finds it, for a page that is to be verified like this."""

    def __init__(self, find: Callable[[], TextLayer | None], use: VerifyUse) -> None:
        self._find = once(find)
        self.use = use

    @classmethod
    def of_page(cls, page: PageToRead, file_id: UUID, number: int, use: VerifyUse) -> "OwnText":
        """That of a page in the ledger, as an object beside its image."""

        def find() -> TextLayer | None:
            if not page.has_layer or page.layer_sha256 is None:
                return None
            return layer_objects.fetch(file_id, number, page.layer_sha256)

        return cls(find, use)

    @property
    def layer(self) -> TextLayer | None:
        """What the page carries; None if that is nothing, is gone, or cannot be trusted."""
        return self._find()

    @property
    def held(self) -> TextLayer | None:
        """What answers are held against; None if nothing is."""
        return None if self.use is VerifyUse.NEVER else self.layer

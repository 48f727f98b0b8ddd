"""Makes beforehand what a process makes at first use, where its start says that work is coming.

On a cluster a function starts because somebody needs it, or soon will: its first event comes while
it starts or a moment later. Until then connections can be opened and processes started; else each
function along a file's way would begin with that at its own first event, one after the other.
"""

import logging
import threading
from collections.abc import Callable

from lector.runtime import settings
from lector.runtime.settings import SettingsError

log = logging.getLogger("lector")

Make = Callable[[], object]


class WarmUp:
    """What is to be made, in the order in which it was registered."""

    def __init__(self) -> None:
        self._makes: list[Make] = []

    def register(self, make: Make) -> None:
        """Have something made early, if anything is; `make` keeps it for its first use."""
        self._makes.append(make)

    def begin(self) -> None:
        """Make it all in a thread of its own, if Knative has started the process."""
        if settings.current(settings.Knative).k_service:
            threading.Thread(target=self._make_all, name="warm-up", daemon=True).start()

    def _make_all(self) -> None:
        for make in self._makes:
            try:
                make()
            except SettingsError:
                pass  # it is not set up here, so nobody will use it
            except Exception as error:
                # Its first use tells what is wrong, to somebody who can act on it.
                log.info("warming up failed: %s", type(error).__name__)


process = WarmUp()
"""That of this process, which `lector.runtime.serve` begins."""

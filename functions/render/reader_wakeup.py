"""Wake the embedded reader when a page was drawn that it will have to look at.

`upload` wakes it with all others after a pause. But while files come whose pages carry their own
text, nobody asks it, and it goes to sleep among functions that are awake: the first scan after
them would wait for its start, and only here it is known that a page is one.
"""

from urllib.parse import urlsplit

from functions.render.engine_messages import RenderedImage
from lector.domain.states import LayerVerdict
from lector.runtime import settings
from lector.runtime.once import once
from lector.runtime.wakeup import Waker

# Knative keeps a pod for longer after a request.
_AWAKE_S = 30.0


def wake_for(page: RenderedImage) -> None:
    """Wake it if the page does not carry its text, and the usual reader of pages needs it."""
    trusted = page.layer is not None and page.layer.verdict == LayerVerdict.TRUSTED
    url = settings.current(settings.Verification).tesseract_url
    if url and not page.blank and not trusted and _is_asked():
        place = urlsplit(url)
        _waker().wake([f"{place.scheme}://{place.netloc}"])


def _is_asked() -> bool:
    from lector.domain import reader_catalogue  # noqa: PLC0415 - no file is parsed at the start

    verify = settings.current(settings.Verification).verify
    return reader_catalogue.current().asks_embedded(None, verify)


@once
def _waker() -> Waker:
    return Waker(_AWAKE_S)

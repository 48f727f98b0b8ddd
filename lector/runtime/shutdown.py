"""Whether this process was asked to stop, for requests that would otherwise go on for minutes."""

import signal
import threading
from types import FrameType

asked = threading.Event()


def listen() -> None:
    """Set `asked` at SIGTERM, and then do what the server does; to be called in the main thread."""
    server_does = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        asked.set()
        if callable(server_does):
            server_does(number, frame)

    signal.signal(signal.SIGTERM, stop)

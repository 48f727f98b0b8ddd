"""The API of this process on a port, for commands and clients."""

import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Response


class Server:
    """upload on a port, which may answer some requests otherwise; it notes all of them."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.requests: list[tuple[str, str]] = []
        self.otherwise: dict[tuple[str, str], Callable[[], Response]] = {}
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _answer(self, environ: dict[str, Any], start: Any) -> Any:
        request = (environ["REQUEST_METHOD"], environ["PATH_INFO"])
        self.requests.append(request)
        self.may_answer.wait()
        if request in self.otherwise:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return self.otherwise[request]()(environ, start)
        return self._app(environ, start)

    def stop(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

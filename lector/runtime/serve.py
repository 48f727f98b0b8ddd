"""Start a function: `python -m lector.runtime.serve --target NAME --source functions/NAME/main.py`.

It is functions-framework's own start, which takes no option for how long a request in flight may
still last after SIGTERM; and what is missing in the environment is said in one sentence. A function
that is an ASGI application is served by uvicorn in this very process, any other by gunicorn: in
this process, too, unless WORKERS says that there are several.
"""

import argparse
import asyncio
import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import functions_framework
from flask import Flask
from functions_framework._http.gunicorn import GunicornApplication
from gunicorn import sock
from gunicorn.workers.gthread import ThreadWorker

from lector.runtime import callers, settings, shutdown, wakeup, warm_up
from lector.runtime.settings import SettingsError
from lector.telemetry import exporters

if TYPE_CHECKING:
    from starlette.applications import Starlette


# A page's words are some thousands of objects, all of them in use: Python's 700 would have each
# page searched several times.
_ALLOCATIONS_BETWEEN_COLLECTIONS = 10_000


def main() -> None:
    """Serve the function on HOST:PORT until SIGTERM."""
    try:
        with _without_collections():
            config = settings.load(settings.Serving)
            address = settings.load(settings.Address)
            wanted = _parse_arguments(config)
            traces = settings.load(settings.Telemetry)
            _wake_others()
            app = create_app(wanted.target, wanted.source)
    except SettingsError as error:
        sys.exit(f"lector: error: {error}")

    def begin(_: object = None) -> None:
        shutdown.listen()
        exporters.start(wanted.target, traces)
        warm_up.process.begin()

    if not isinstance(app, Flask):
        begin()
        _serve_asgi(app, address, config)
        return
    server = _Gunicorn(  # type: ignore[no-untyped-call]
        app,
        address.host,
        address.port,
        debug=False,
        graceful_timeout=config.grace_s,
        keepalive=callers.ANSWERING_IDLE_S,
        post_worker_init=begin,
    )
    server.run()


class _Worker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's worker with threads; nobody starts it again but whoever started the process."""

    def is_parent_alive(self) -> bool:
        """Whether it may go on: there is no process that it ends with."""
        return True


class _Gunicorn(GunicornApplication):
    """Serves without the process that would do nothing but watch a single worker.

    That costs as much memory as the worker, and the time to fork. Who starts functions, Knative or
    `lector up`, watches them anyway.
    """

    def run(self) -> None:
        """Serve until SIGTERM; what is still in flight after the grace period is broken off."""
        if self.cfg.workers != 1:
            super().run()
            return
        log = self.cfg.logger_class(self.cfg)
        sockets = sock.create_sockets(self.cfg, log)
        worker = _Worker(1, os.getppid(), sockets, self, self.cfg.timeout, self.cfg, log)
        worker.init_process()
        if worker.nr_conns > 0:
            # Python would wait for its threads, however long they take.
            logging.shutdown()
            os._exit(0)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Look for no garbage meanwhile, and never among what is made meanwhile.

    Imports make next to none, but so many objects that looking takes a fifth of the start. What
    they make is there for good, so no later search needs to pass over it, nor write into memory
    that a worker shares with its leader.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
        gc.enable()


def _wake_others() -> None:
    """Have those start meanwhile that `upload` has woken: its own imports take as long."""
    config = settings.load(settings.Wakeup)
    if config.wake_urls and config.wake_at_start:
        wakeup.Waker().wake(config.wake_urls.split(","))


def create_app(target: str, source: str) -> "Flask | Starlette":
    """The function as a WSGI application or, if it is a coroutine, as an ASGI one."""
    app: Flask | Starlette = functions_framework.create_app(target, source)  # type: ignore[no-untyped-call]
    if not isinstance(app, Flask):
        _answer_with_problems(app)
    return app


def _answer_with_problems(app: "Starlette") -> None:
    """Problem details for what the framework itself turns down: paths with a line feed."""
    from starlette.exceptions import HTTPException  # noqa: PLC0415 - only for ASGI
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import JSONResponse  # noqa: PLC0415

    from lector.runtime import problems  # noqa: PLC0415

    async def answer(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is called for nothing else
        code = error.detail.lower().replace(" ", "_")
        problem = problems.Problem(error.status_code, code, error.detail)
        headers = error.headers
        return JSONResponse(problem.details(), problem.status, headers, problems.MEDIA_TYPE)

    app.add_exception_handler(HTTPException, answer)


def _serve_asgi(app: "Starlette", address: settings.Address, config: settings.Serving) -> None:
    import uvicorn  # noqa: PLC0415 - only for ASGI
    from anyio.to_thread import current_default_thread_limiter  # noqa: PLC0415

    from lector.runtime import connections, uvicorn_server  # noqa: PLC0415

    files = connections.raise_file_limit()

    class Server(uvicorn_server.Server):
        """Says to requests that go on for minutes that the process is to stop."""

        async def startup(self, sockets: Any = None) -> None:
            current_default_thread_limiter().total_tokens = config.threads
            await super().startup(sockets)

        def handle_exit(self, sig: int, frame: Any) -> None:
            shutdown.asked.set()
            super().handle_exit(sig, frame)

    server = Server(
        uvicorn.Config(
            app,
            host=address.host,
            port=address.port,
            loop="asyncio",
            http=connections.protocol(settings.load(settings.Connections), files),
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=config.grace_s,
        )
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(server.serve())


def _parse_arguments(config: settings.Serving) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m lector.runtime.serve", description="Serve a function on HOST:PORT."
    )
    parser.add_argument(
        "--target",
        default=config.function_target,
        required=not config.function_target,
        help="its name  [FUNCTION_TARGET]",
    )
    parser.add_argument(
        "--source", default=config.function_source, help="its main.py  [FUNCTION_SOURCE, main.py]"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()

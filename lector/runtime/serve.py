"""Start a function.

    python -m lector.runtime.serve --target render --source functions/render/main.py

It is functions-framework's own start, which takes no option for how long a request in flight may
still last after SIGTERM; and what is missing in the environment is said in one sentence.
"""

import argparse
import sys

import functions_framework
from functions_framework._http import create_server

from lector.runtime import settings, shutdown
from lector.runtime.settings import SettingsError
from lector.telemetry import exporters


def main() -> None:
    """Serve the function on HOST:PORT until SIGTERM."""
    try:
        config = settings.load(settings.Serving)
        address = settings.load(settings.Address)
        wanted = _wanted(config)
        traces = settings.load(settings.Telemetry)
        app = functions_framework.create_app(wanted.target, wanted.source)  # type: ignore[no-untyped-call]
    except SettingsError as error:
        sys.exit(f"lector: error: {error}")

    def in_worker(_: object) -> None:
        shutdown.listen()
        exporters.begin(wanted.target, traces)

    server = create_server(  # type: ignore[no-untyped-call]
        app, debug=False, graceful_timeout=config.grace_s, post_worker_init=in_worker
    )
    server.run(address.host, address.port)


def _wanted(config: settings.Serving) -> argparse.Namespace:
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

"""Start a function: `python -m lector.serve`, with FUNCTION_TARGET and FUNCTION_SOURCE.

It is functions-framework's own start, which takes no option for how long a request in flight may
still last after SIGTERM; and what is missing in the environment is said in one sentence.
"""

import sys

import functions_framework
from functions_framework._http import create_server

from lector import settings
from lector.settings import SettingsError


def main() -> None:
    """Serve the function on HOST:PORT until SIGTERM."""
    try:
        config = settings.load(settings.Serving)
        address = settings.load(settings.Address)
        app = functions_framework.create_app(config.function_target, config.function_source)  # type: ignore[no-untyped-call]
    except SettingsError as error:
        sys.exit(f"lector: error: {error}")
    server = create_server(app, debug=False, graceful_timeout=config.grace_s)  # type: ignore[no-untyped-call]
    server.run(address.host, address.port)


if __name__ == "__main__":
    main()

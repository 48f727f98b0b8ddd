"""The bridge: `python knative/bridge jetstream-source | jetstream-sink | postgres-source`.

The only part of Lector that knows NATS and LISTEN. One image, three commands.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

from lector import settings

# Each command imports only what it runs: a process starts faster, and needs fewer settings.


def jetstream_source() -> None:
    """Take events out of JetStream and POST them to the functions."""
    import source  # noqa: PLC0415

    _until_signalled(source.run)


def jetstream_sink() -> None:
    """Take CloudEvents by HTTP on HOST:PORT and publish them to JetStream."""
    import uvicorn  # noqa: PLC0415

    import sink  # noqa: PLC0415

    address = settings.current(settings.Address)
    uvicorn.run(
        sink.app(),
        host=address.host,
        port=address.port,
        log_level="warning",
        timeout_graceful_shutdown=25,
    )


def postgres_source() -> None:
    """Wake the outbox function when the outbox was written."""
    import doorbell  # noqa: PLC0415

    _until_signalled(doorbell.run)


COMMANDS = {
    "jetstream-source": jetstream_source,
    "jetstream-sink": jetstream_sink,
    "postgres-source": postgres_source,
}


def main(arguments: list[str]) -> None:
    """Run the command that was named."""
    parser = argparse.ArgumentParser(prog="bridge", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    COMMANDS[parser.parse_args(arguments).command]()


def _until_signalled(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    async def running() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(stop)

    asyncio.run(running())


if __name__ == "__main__":
    main(sys.argv[1:])

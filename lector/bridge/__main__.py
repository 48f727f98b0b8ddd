"""The bridge: `python -m lector.bridge COMMAND`: jetstream-source, jetstream-sink, postgres-source.

The only part of Lector that knows NATS and LISTEN. One image, three commands, `sources` for the two
sources in one process, and `migrate [up|down|status]` for the Job that comes before them.
"""

import argparse
import sys
from collections.abc import Callable

from lector.runtime import settings
from lector.runtime.failures import LectorError
from lector.telemetry import exporters, logs

# Each command imports only what it runs: a process starts faster, and needs fewer settings.


def jetstream_source() -> None:
    """Take events out of JetStream and POST them to the functions."""
    from lector.bridge import process  # noqa: PLC0415
    from lector.bridge.jetstream_source import source  # noqa: PLC0415

    settings.require(settings.Source, settings.Interest, settings.Jetstream)
    process.run(source.run)


def jetstream_sink() -> None:
    """Take CloudEvents by HTTP on HOST:PORT and publish them to JetStream."""
    from lector.bridge import process  # noqa: PLC0415
    from lector.bridge.jetstream_sink import sink  # noqa: PLC0415

    settings.require(settings.Jetstream)
    process.run_to_end(sink.run())


def postgres_source() -> None:
    """Wake the outbox function when the outbox was written."""
    from lector.bridge import process  # noqa: PLC0415
    from lector.bridge.postgres_source import doorbell  # noqa: PLC0415

    settings.require(settings.Doorbell)
    process.run(doorbell.run)


def both_sources() -> None:
    """The JetStream source and the PostgreSQL source in one process, which needs less memory."""
    from lector.bridge import process  # noqa: PLC0415
    from lector.bridge.jetstream_source import source  # noqa: PLC0415
    from lector.bridge.postgres_source import doorbell  # noqa: PLC0415

    settings.require(settings.Source, settings.Interest, settings.Jetstream, settings.Doorbell)
    process.run(source.run, doorbell.run)


def migrate_database(direction: str = "up") -> None:
    """Bring the database up to date and let each function's role log in, then end."""
    from lector.bridge import migrate  # noqa: PLC0415

    settings.require(settings.Migration)
    migrate.run(direction)


COMMANDS: dict[str, Callable[..., None]] = {
    "jetstream-source": jetstream_source,
    "jetstream-sink": jetstream_sink,
    "postgres-source": postgres_source,
    "sources": both_sources,
    "migrate": migrate_database,
}


def main(arguments: list[str]) -> None:
    """Run the command that was named."""
    parser = argparse.ArgumentParser(prog="bridge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        words = commands.add_parser(name, description=command.__doc__)
        if name == "migrate":
            words.add_argument("direction", nargs="?", choices=("up", "down", "status"))
    found = vars(parser.parse_args(arguments))
    name = found.pop("command")
    try:
        logs.configure(settings.current(settings.Logging))
        exporters.start(name, settings.current(settings.Telemetry))
        COMMANDS[name](**{key: value for key, value in found.items() if value})
    except LectorError as error:
        sys.exit(f"lector: error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])

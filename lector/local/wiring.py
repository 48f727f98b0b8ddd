"""What each process is told of the others: an environment with what it needs, and nothing else."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lector.domain.functions import FUNCTIONS, Reach, database_role
from lector.local.postgres import Postgres

# Where a URL really leads: somewhere in between, if a test wants to disturb the connection.
Through = Callable[[str], str]

_COMMON = {"PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class Wiring:
    """The addresses of a stack. A function's database role is its own, and can do little else."""

    services: Mapping[str, str]
    postgres: Postgres
    function_ports: Mapping[str, int]
    sink_port: int
    model_port: int | None
    through: Through

    def of_function(self, name: str) -> dict[str, str]:
        """The environment of a function."""
        env = dict(_COMMON)
        reach = FUNCTIONS.get(name, frozenset())  # a function of somebody's own reaches nothing
        if Reach.DATABASE in reach:
            env["DATABASE_URL"] = self._database(name)
        if Reach.OBJECTS in reach:
            env |= {k: v for k, v in self.services.items() if k.startswith("S3_")}
            env["S3_ENDPOINT"] = self.through(env["S3_ENDPOINT"])
        if name == "upload":
            env |= {"ALLOWED_HOSTS": "127.0.0.1,localhost", "REQUESTS_PER_MINUTE": "0"}
        if Reach.MODEL in reach:
            env |= self._model()
        if name == "upload":
            env |= _given("NOTIFY_")
        if name == "notify":
            env |= _given("NOTIFY_", "TELEGRAM_", "WEBHOOK_", "DIGEST_")
        if name == "outbox":
            env["K_SINK"] = self.through(f"http://127.0.0.1:{self.sink_port}/")
        return env

    def of_sink(self) -> dict[str, str]:
        """The environment of the JetStream sink."""
        return {**_COMMON, "NATS_URL": self.through(self.services["NATS_URL"])}

    def of_source(self) -> dict[str, str]:
        """The environment of the JetStream source."""
        urls = ",".join(f"{name}={self._function(name)}" for name in self.function_ports)
        return {**self.of_sink(), "FUNCTION_URLS": urls}

    def of_doorbell(self) -> dict[str, str]:
        """The environment of the PostgreSQL source."""
        return {
            **_COMMON,
            "LISTEN_DATABASE_URL": self._database("bridge"),
            "K_SINK": f"{self._function('outbox')}/",
            "SWEEP_SINK": f"{self._function('register')}/",
            "NOTIFY_SINK": f"{self._function('notify')}/",
            **_given("DIGEST_"),
        }

    def _database(self, name: str) -> str:
        return self.through(self.postgres.url_as(database_role(name)))

    def _function(self, name: str) -> str:
        return self.through(f"http://127.0.0.1:{self.function_ports[name]}")

    def _model(self) -> dict[str, str]:
        if self.model_port is None:
            given = _given("OPENAI_", "MODEL_")
            base_url = self.through(given["OPENAI_BASE_URL"])
            return {
                "OPENAI_API_KEY": "none",
                "MODEL_CHOICES": "*",
                **given,
                "OPENAI_BASE_URL": base_url,
            }
        base_url = self.through(f"http://127.0.0.1:{self.model_port}/v1")
        own = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "embedded"}
        return {**own, "OPENAI_MODEL": "tesseract", "MODEL_CHOICES": "*"}


def _given(*beginnings: str) -> dict[str, str]:
    """What the user's environment says about this."""
    return {k: v for k, v in os.environ.items() if k.startswith(beginnings)}

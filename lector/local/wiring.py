"""The environment of each process: the addresses and secrets that it needs, and no others."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lector.domain import reader_catalogue, readers
from lector.domain.functions import FUNCTIONS, Reach, database_role
from lector.local import data_folder
from lector.local.postgres import Postgres

# From a URL to the one to use instead; tests put a proxy in between to disturb the connection.
Reroute = Callable[[str], str]

_COMMON = {"PYTHONUNBUFFERED": "1"}
# Names of secrets in the data folder.
CALLER_SECRET, ADMIN_TOKEN, _MODEL_KEY = "caller", "admin token", "tesseract"
#: The key with which reports are signed, as upload knows it; no other process gets it.
REPORT_KEY = "REPORT_KEY"
#: The embedded reader, by its name among readers.
EMBEDDED = "tesseract"
# What upload is told of readers: their names and models, and no addresses.
_OF_UPLOAD = (
    *("READER", "READERS_FILE", "READER_CHOICES", "OPENAI_MODEL", "MODEL_CHOICES"),
    *("MODEL_PROMPT_PRICE_USD", "MODEL_COMPLETION_PRICE_USD"),
)
# What a person sets of readers, by how its names begin.
_OF_READERS = ("OPENAI_", "MODEL_", "READER", "VERIFY")
# Which images they want, and whether the embedded one is to be woken for a scan.
_OF_RENDER = ("READER", "READERS_FILE", "TESSERACT_URL", "VERIFY")
# Whether answers are held against what pages carry.
_OF_REGISTER = ("READER", "READERS_FILE", "VERIFY")
_OF_BUDGETS = ("MAX_COST_USD_PER_DAY", "MAX_PAGES_PER_DAY", "MAX_STORED_BYTES")
# What a person may set of functions, by how its names begin.
_OF_USER = {
    "notify": ("NOTIFY_", "TELEGRAM_", "WEBHOOK_", "DIGEST_"),
    "upload": ("NOTIFY_", *_OF_BUDGETS),
    "register": _OF_BUDGETS,
    "llm": _OF_BUDGETS,
}
_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Wiring:
    """The addresses of a stack. A function's database role is its own, and can do little else."""

    services: Mapping[str, str]
    postgres: Postgres
    function_ports: Mapping[str, int]
    sink_port: int
    model_port: int | None
    reroute: Reroute
    secret: Callable[[str], str]
    sign_in_file: Path | None = None  # where the API asks for a token
    report_key: str = field(default="", repr=False)

    def function_environment(self, name: str) -> dict[str, str]:
        """The environment of a function."""
        env = dict(_COMMON) if name == "upload" else self._as_caller()
        reach = FUNCTIONS.get(name, frozenset())  # a function of somebody's own reaches nothing
        if Reach.DATABASE in reach:
            env["DATABASE_URL"] = self._database_url(name)
        if Reach.OBJECTS in reach:
            env |= {k: v for k, v in self.services.items() if k.startswith("S3_")}
            env["S3_ENDPOINT"] = self.reroute(env["S3_ENDPOINT"])
        if name == "upload":
            env |= {"ALLOWED_HOSTS": ",".join(_HOSTS), "REQUESTS_PER_MINUTE": "0"}
            env |= {k: v for k, v in self._chosen_readers().items() if k in _OF_UPLOAD}
            env |= {**_reader_variables(models_only=True), **self._about_readers()}
            env |= {**self._access(), REPORT_KEY: self.report_key}
        if name == "render":
            env |= {k: v for k, v in self._model_settings().items() if k in _OF_RENDER}
        if name == "register":
            env |= {k: v for k, v in self._model_settings().items() if k in _OF_REGISTER}
        if Reach.MODEL in reach:
            env |= self._model_settings()
        env |= _user_settings(*_OF_USER.get(name, ()))
        if name == "outbox":
            env["K_SINK"] = self.reroute(f"http://127.0.0.1:{self.sink_port}/")
        return env

    def sink_environment(self) -> dict[str, str]:
        """The environment of the JetStream sink."""
        return {**self._as_caller(), "NATS_URL": self.reroute(self.services["NATS_URL"])}

    def source_environment(self) -> dict[str, str]:
        """The environment of the JetStream source."""
        urls = ",".join(f"{name}={self._function_url(name)}" for name in self.function_ports)
        slots = ",".join(f"{name}={number}" for name, number in self._reader_slots())
        return {
            **self.sink_environment(),
            "FUNCTION_URLS": urls,
            "READER_SLOTS": slots,
            "INTEREST_DATABASE_URL": self._database_url("bridge"),
            **_user_settings("TELEGRAM_PAGES"),
            "TELEGRAM_FILES": str(int(_has_telegram())),
        }

    def _reader_slots(self) -> Iterator[tuple[str, int]]:
        """With how many pages at once readers begin, also the one of files that name none."""
        catalogue = reader_catalogue.current()
        named = {**catalogue.readers}
        if reader_catalogue.is_chosen():
            named[readers.DEFAULT] = catalogue.readers[catalogue.default]
        for name, reader in named.items():
            if reader.concurrency is not None:
                yield name, reader.concurrency

    def postgres_source_environment(self) -> dict[str, str]:
        """The environment of the PostgreSQL source."""
        return {
            **self._as_caller(),
            "LISTEN_DATABASE_URL": self._database_url("bridge"),
            "K_SINK": f"{self._function_url('outbox')}/",
            "SWEEP_SINK": f"{self._function_url('register')}/",
            "NOTIFY_SINK": f"{self._function_url('notify')}/",
            **_user_settings("DIGEST_"),
        }

    def model_environment(self) -> dict[str, str]:
        """The environment of the embedded model."""
        return {**_COMMON, "TESSERACT_API_KEY": self.secret(_MODEL_KEY)}

    @property
    def function_urls(self) -> dict[str, str]:
        """Where each function takes events."""
        names = [name for name in self.function_ports if name != "upload"]
        return {name: f"http://127.0.0.1:{self.function_ports[name]}" for name in names}

    def _access(self) -> dict[str, str]:
        """Who may use the API: everybody on this machine, or those who have a token."""
        if self.sign_in_file is None:
            return {}
        token = self.secret(ADMIN_TOKEN)
        own = {"API_AUTH": "required", "ADMIN_TOKEN": token}
        return {**own, "SIGN_IN_FILE": str(self.sign_in_file)}

    def _as_caller(self) -> dict[str, str]:
        """What those have in common who hand each other events."""
        return {**_COMMON, "CALLER_SECRET": self.secret(CALLER_SECRET)}

    def _database_url(self, name: str) -> str:
        return self.reroute(self.postgres.url_as(database_role(name)))

    def _function_url(self, name: str) -> str:
        return self.reroute(f"http://127.0.0.1:{self.function_ports[name]}")

    def _model_settings(self) -> dict[str, str]:
        # An endpoint of one's own seldom asks for a key.
        without_key = {} if reads_here() else {"OPENAI_API_KEY": "none"}
        chosen = {**without_key, **self._chosen_readers(), **_reader_variables()}
        if self.model_port is None:
            return chosen
        key = self.secret(_MODEL_KEY)
        url = self._embedded_url(self.model_port)
        return {**chosen, "TESSERACT_URL": url, "TESSERACT_API_KEY": key}

    def _embedded_url(self, port: int) -> str:
        return self.reroute(f"http://127.0.0.1:{port}/v1")

    def _about_readers(self) -> dict[str, str]:
        """What upload is told of readers: it has no keys, and only the embedded one's address."""
        values = {**_COMMON, **self._model_settings()}
        catalogue = reader_catalogue.current()
        about = {
            "READERS_SET_UP": ",".join(catalogue.set_up(values.get)),
            "READERS_PRICED": ",".join(catalogue.priced()),
        }
        if self.model_port is not None:
            languages = str(data_folder.languages())
            about |= {"TESSERACT_LANGUAGES": "here", "LECTOR_LANGUAGES": languages}
            about["TESSERACT_URL"] = self._embedded_url(self.model_port)
        return about

    def _chosen_readers(self) -> dict[str, str]:
        """Which readers there are, and which is the default: the embedded one if nobody says."""
        chosen = {"MODEL_CHOICES": "*", **_user_settings(*_OF_READERS)}
        chosen["READER_CHECK"] = "0"  # whoever starts the processes has checked it
        if reads_here():
            chosen |= {"READER": EMBEDDED, "MODEL_CHOICES": ""}  # it has one model
        if chosen.get("READERS_FILE"):
            chosen["READERS_FILE"] = str(Path(chosen["READERS_FILE"]).absolute())
        if chosen.get("OPENAI_BASE_URL"):
            chosen["OPENAI_BASE_URL"] = self.reroute(chosen["OPENAI_BASE_URL"])
        return chosen


def reads_here() -> bool:
    """Whether the embedded reader reads files that name none: also where nobody has said who."""
    return not reader_catalogue.is_chosen() or reader_catalogue.current().default == EMBEDDED


def _reader_variables(*, models_only: bool = False) -> dict[str, str]:
    """The variables of the user's environment that readers name: addresses, models, keys."""
    named = reader_catalogue.current().variables(models_only=models_only)
    return {k: v for k, v in os.environ.items() if k in named}


def reader_environment() -> dict[str, str]:
    """What a process needs that asks the readers which a person has named, as they are named."""
    return {**_user_settings(*_OF_READERS), **_reader_variables()}


def _user_settings(*prefixes: str) -> dict[str, str]:
    """The variables of the user's environment whose names begin so."""
    return {k: v for k, v in os.environ.items() if k.startswith(prefixes)}


def _has_telegram() -> bool:
    """Whether people are told on Telegram: notify has a bot, and a chat that it writes to."""
    return all(os.environ.get(name) for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"))


def origins(api_port: int) -> list[str]:
    """Those of the page, and of other pages that the user lets use the API."""
    others = os.environ.get("CORS_ORIGINS", "").split(",")
    return [
        *(f"http://{host}:{api_port}" for host in _HOSTS),
        *filter(None, map(str.strip, others)),
    ]

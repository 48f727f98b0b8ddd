"""What a page's reader is asked: the reader of its file, as somebody wants the page to be read."""

import json
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

# httpx2 would import it with its first client: two threads at once leave it half imported for good.
import httpcore2  # noqa: F401
import httpx2

from functions.llm.openai_client import HttpClient, OpenAI
from lector.domain import reader_catalogue
from lector.domain.failure_codes import FailureCode
from lector.domain.reader_catalogue import Prices, Prompt, Reader
from lector.runtime import settings
from lector.runtime.failures import PermanentFailure
from lector.runtime.once import once
from lector.runtime.settings import SettingsError

_NO_KEY = "none"
_MOST_CLIENTS = 32
_making = threading.Lock()
_SHORTEST_SECRET = 4
_WARMER = 0.4

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Endpoint:
    """Where a reader is asked, and with which key; `key_name` is the variable that holds it."""

    base_url: str = field(repr=False)
    api_key: str = field(default=_NO_KEY, repr=False)
    key_name: str | None = "OPENAI_API_KEY"
    url_name: str = "OPENAI_BASE_URL"
    key_header: str = "Authorization"
    query: Pairs = field(default=(), repr=False)
    headers: Pairs = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What else of it is for no eyes: a password in its address, variables in query and headers."""

    def __str__(self) -> str:
        """In words, by its host alone: its address may hold a password."""
        address = urlsplit(self.base_url)
        port = f":{address.port}" if address.port else ""
        return f"the model endpoint {address.hostname}{port}"

    @property
    def lane(self) -> str:
        """What tells its answers from those of others: the endpoint with its key, as a hash."""
        return sha256(f"{self.base_url} {self.api_key}".encode()).hexdigest()[:32]

    @property
    def takes_bearer(self) -> bool:
        """Whether its key is a bearer token."""
        return self.key_header.lower() == "authorization"

    def hide_secrets(self, words: str) -> str:
        """Words of somebody else, who may quote what was sent, without key and passwords."""
        hidden = self.secrets if self.api_key == _NO_KEY else (self.api_key, *self.secrets)
        for secret in hidden:
            words = words.replace(secret, "…")
        return words

    @property
    def no_reason(self) -> str:
        """What is said of a refusal without words."""
        return f"no reason given; check {self.url_name}"

    @property
    def key_advice(self) -> str:
        """What to look at when it refuses the key."""
        return f"check {self.key_name}" if self.key_name else "its reader names no api_key"


@dataclass(frozen=True)
class Request:
    """What is asked of which model, and how often: once for each temperature.

    With `own_prompt`, `user` is what somebody asks in place of the reader's own words.
    `describe` is what `user` gets where pictures and charts are wanted in words. `language` is sent
    as a field, to a reader that takes it so. Answers of another endpoint than the default reader's
    are kept apart: then `kept_for` names it.
    """

    endpoint: Endpoint
    model: str
    user: str
    system: str = ""
    describe: str = ""
    max_tokens: int = 4096
    temperatures: tuple[float, ...] = (0.0,)
    provider: dict[str, Any] | None = None
    tokens_as: str = "max_tokens"
    takes_temperature: bool = True
    takes_system: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    longest_side_px: int = 1800
    prices: Prices | None = None
    kept_for: str = ""
    own_prompt: bool = False

    @property
    def version(self) -> str:
        """Changes with every word and parameter that is sent but the model: a hash, in hex.

        What came with readers is part of it only where there is something of it, so that answers
        are still good that were kept before.
        """
        more = {"extra": self.extra, "language": self.language, "endpoint": self.kept_for}
        return _digest(
            {
                "model": None,
                "system": self.system,
                "user": self.user,
                "max_tokens": self.max_tokens,
                "temperatures": self.temperatures,
                "provider": self.provider,
                "describe": None,
                **{name: value for name, value in more.items() if value},
            }
        )

    def cache_key(self, image_sha256: str, tenant: str) -> str:
        """The key under which a tenant's accepted answer about this image is kept."""
        return _digest([image_sha256, self.model, self.version, tenant])


def choose(
    name: str | None = None,
    instructions: str | None = None,
    model: str | None = None,
    language: str | None = None,
    *,
    describe: bool = False,
) -> Request:
    """What the reader of this name is asked about a page; None for the default reader.

    `instructions` replace the prompt's own; `language` (BCP 47) is added to them, or sent as a
    field; with `describe` pictures and charts are wanted in words, marked as [Picture: …] and
    [Chart: …]. A reader that looks at no prompt gets neither.

    Raises:
        PermanentFailure: there is no such reader, it is not set up, or the model is not among those
            that may be chosen.

    """
    catalogue = reader_catalogue.current()
    reader = catalogue.find(name)
    if reader is None:
        raise PermanentFailure(FailureCode.READER_UNKNOWN, f"there is no reader {name!r}")
    try:
        request = _request(reader, catalogue.readers[catalogue.default])
    except SettingsError as error:
        detail = f"the reader {catalogue.name_of(name)} is not set up: {error}"
        raise PermanentFailure(FailureCode.READER_UNKNOWN, detail) from error
    if model and model != request.model:
        _check_model(reader, model)
        request = replace(request, model=model, prices=reader.prices_of(model))
    if reader.parameters.language_as == "field":
        request, language = replace(request, language=language), None
    if reader.prompt is None:
        return request
    return _ask(request, instructions, language, describe=describe)


def _ask(
    request: Request, instructions: str | None, language: str | None, *, describe: bool
) -> Request:
    """The request with what somebody wants of the page."""
    user = instructions or request.user
    if describe:
        user = f"{user}\n{request.describe}".rstrip()
    if language:
        user = f"{user}\nThe language of the page is {language} (BCP 47)."
    return replace(request, user=user, own_prompt=bool(instructions))


def hotter(request: Request) -> Request:
    """The same, asked at higher temperatures: for another answer than the first one."""
    first, *others = request.temperatures
    return replace(request, temperatures=tuple(others) or (min(2.0, first + _WARMER),))


def client(endpoint: Endpoint) -> OpenAI:
    """A client of an endpoint, the same for all threads; it never asks twice by itself.

    Its connections last as long as somebody has it: keep it until its answer was read.
    """
    with _making:  # lru_cache would have each of several first threads make one of its own
        return _client(endpoint)


def check_default() -> None:
    """Refuse to go on where nobody has said who reads the pages.

    Raises:
        SettingsError: it names what to set.

    """
    config = settings.current(settings.Readers)
    has_key = bool(settings.current(settings.Model).openai_api_key)
    if not (config.reader or config.readers_file or (config.openai_base_url and has_key)):
        raise SettingsError(
            "set the environment variables OPENAI_BASE_URL and OPENAI_API_KEY, or READER or"
            " READERS_FILE (who reads the pages)"
        )
    reader_catalogue.current()


@lru_cache(_MOST_CLIENTS)
def _client(endpoint: Endpoint) -> OpenAI:
    headers = dict(endpoint.headers)
    if not endpoint.takes_bearer:
        headers[endpoint.key_header] = endpoint.api_key
    return OpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        default_headers=headers,
        default_query=dict(endpoint.query),
        max_retries=0,  # the JetStream source repeats, with backoff and fewer slots
        # A redirect to another host would take the page there, and a key that is no bearer token.
        http_client=_HttpClient(verify=_tls(endpoint), follow_redirects=False),
    )


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    """Whom a client trusts: nobody where it speaks plain HTTP, and asks no proxy.

    To read what certificates are trusted takes a tenth of a start, so it is done once, if at all.
    """
    proxied = {"http", "https", "all"} & getproxies().keys()
    if urlsplit(endpoint.base_url).scheme == "http" and not proxied:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _trusted()


@once
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


class _HttpClient(HttpClient):
    """As OpenAI's own, its connections are closed when nobody has it any more."""

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()


def _request(reader: Reader, default: Reader) -> Request:
    prompt = reader.prompt if isinstance(reader.prompt, Prompt) else Prompt()
    sent = reader.parameters
    return Request(
        endpoint=_endpoint(reader),
        model=reader_catalogue.expand(reader.model),
        user=prompt.user,
        system=prompt.system,
        describe=prompt.describe,
        max_tokens=reader.max_tokens,
        temperatures=tuple(reader.temperatures),
        provider=sent.provider,
        tokens_as=sent.tokens_as,
        takes_temperature=sent.temperature,
        takes_system=sent.system_role,
        extra=sent.extra,
        longest_side_px=reader.image.whole_up_to(
            settings.current(settings.Model).model_longest_side_px
        ),
        prices=reader.prices_of(reader_catalogue.expand(reader.model)),
        kept_for="" if reader.endpoint == default.endpoint else reader.endpoint,
    )


def _endpoint(reader: Reader) -> Endpoint:
    key = settings.variable(reader.api_key) if reader.api_key else None
    address = reader_catalogue.expand(reader.endpoint)
    _check_address(address)
    if key:
        _check_header(str(reader.api_key), key)
    if key and " " in key:
        raise SettingsError(f"{reader.api_key} has a space in it")
    headers = _pairs(reader.headers)
    for name, value in headers:
        _check_header(f"the header {name}", value)
    if reader.api_key and key is None and address.startswith("https:"):
        # No page goes to somebody whom nobody has given a key for.
        raise SettingsError(f"set the environment variable {reader.api_key}")
    is_default = address == settings.current(settings.Readers).openai_base_url
    return Endpoint(
        base_url=address,
        api_key=key or _NO_KEY,
        key_name=reader.api_key,
        url_name="OPENAI_BASE_URL" if is_default else "the endpoint of its reader",
        key_header=reader.key_header,
        query=_pairs(reader.query),
        headers=headers,
        secrets=_secrets(reader, address),
    )


def _check_address(address: str) -> None:
    """Refuse an address of which no client can be made; it is not quoted, as it may be secret."""
    try:
        _ = urlsplit(address).port
    except ValueError as error:
        raise SettingsError("its endpoint is no URL; is the port a number?") from error


def _check_header(name: str, value: str) -> None:
    if not value.isprintable():
        raise SettingsError(f"{name} has a line feed or the like in it")
    if not value.isascii():
        raise SettingsError(f"{name} has a letter in it that no header can have")


def _secrets(reader: Reader, address: str) -> tuple[str, ...]:
    """What no answer may repeat: the address's password, and what variables without a default say.

    Short words are none: they are part of others.
    """
    password = urlsplit(address).password
    texts = (*reader.query.values(), *reader.headers.values())
    found = [settings.variable(name) for text in texts for name in reader_catalogue.needed(text)]
    return tuple(one for one in (password, *found) if one and len(one) >= _SHORTEST_SECRET)


def _pairs(texts: dict[str, str]) -> Pairs:
    return tuple((name, reader_catalogue.expand(value)) for name, value in texts.items())


def _check_model(reader: Reader, model: str) -> None:
    if not reader.may_choose(model):
        detail = f"the model {model} may not be chosen here; MODEL_CHOICES lists those that may"
        raise PermanentFailure(FailureCode.MODEL_NOT_ALLOWED, detail)


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

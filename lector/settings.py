"""The only reader of the environment: one small dataclass for each concern.

A field `s3_endpoint` is read from `S3_ENDPOINT`; a field without a default must be set.
Values that are secret stay out of `repr`, and so out of logs and tracebacks.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

from lector.failures import LectorError


class SettingsError(LectorError):
    """A setting is missing or cannot be understood; the message says what to set."""


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Settings = TypeVar("Settings", bound=_Dataclass)


@dataclass(frozen=True)
class Database:
    """Where state and outbox live."""

    database_url: str = field(repr=False)
    database_pool_size: int = 4
    database_timeout_s: float = 10.0


@dataclass(frozen=True)
class Objects:
    """Where PDFs and page images live, and how long a presigned URL is good for."""

    s3_endpoint: str
    s3_bucket: str
    s3_access_key: str = field(repr=False)
    s3_secret_key: str = field(repr=False)
    s3_region: str = "us-east-1"
    s3_public_endpoint: str = ""
    s3_url_lifetime_s: int = 900


@dataclass(frozen=True)
class Limits:
    """What a file may measure."""

    max_file_bytes: int = 512 * 1024 * 1024
    max_pages: int = 2000


@dataclass(frozen=True)
class Rendering:
    """How a page becomes an image, and what it may take; 0 processes: one for each processor."""

    render_longest_side_px: int = 1568
    render_max_dpi: int = 300
    render_jpeg_quality: int = 80
    render_cached_files: int = 4
    # A range of nothing but pages this slow must fit into a function's request, on one processor.
    render_page_timeout_s: float = 30.0
    # Address space of one render process. A colour A4 scan of 600 dpi takes up to 0.6 GiB.
    render_memory_bytes: int = 1024 * 1024 * 1024
    render_processes: int = 0


@dataclass(frozen=True)
class Ledger:
    """How a file is cut into pieces of work, and what becomes of those that stand still."""

    pages_per_range: int = 8
    # Longer than any delivery takes, so that nothing under way is announced again.
    sweep_after_s: float = 600.0
    sweep_attempts: int = 8
    # Longer than any delivery and any upload URL: after that, nothing stores an object any more.
    removal_after_s: float = 1800.0
    unconfirmed_keep_h: float = 24.0


@dataclass(frozen=True)
class Model:
    """Which OpenAI-compatible endpoint reads the pages.

    `model_choices` are the models that people may choose for a file beside the configured one,
    comma-separated; `*`: any. Prices are in USD for a million tokens, for endpoints that do not
    tell what an answer cost; 0: unknown.
    """

    openai_base_url: str
    openai_api_key: str = field(repr=False)
    model_timeout_s: float = 90.0
    model_budget_s: float = 180.0
    model_prompt: str = "default"
    openai_model: str = ""
    model_cache_days: int = 7
    model_choices: str = ""
    model_prompt_price_usd: float = 0.0
    model_completion_price_usd: float = 0.0


@dataclass(frozen=True)
class Relay:
    """Where the outbox goes, and how much of it at once."""

    k_sink: str
    relay_batch: int = 500
    relay_sink_timeout_s: float = 30.0
    relay_budget_s: float = 120.0
    relay_keep_published_h: float = 24.0


@dataclass(frozen=True)
class Jetstream:
    """Where NATS is."""

    nats_url: str = field(repr=False)
    nats_replicas: int = 1


@dataclass(frozen=True)
class Address:
    """Where a server listens; by default as a container does."""

    host: str = "0.0.0.0"  # noqa: S104
    port: int = 8080


@dataclass(frozen=True)
class Serving:
    """Which function a process serves, and how long requests in flight last after SIGTERM."""

    function_target: str = ""
    function_source: str = "main.py"
    grace_s: int = 30


@dataclass(frozen=True)
class Source:
    """How the JetStream source finds functions, as `name=url,name=url`.

    `function_capacity` says how many requests each takes in all (max-scale times concurrency), as
    `name=number,…`; the table of subscriptions has what holds for one machine.
    """

    function_urls: str
    function_capacity: str = ""
    subscriptions_file: str = ""


@dataclass(frozen=True)
class Doorbell:
    """How the PostgreSQL source listens, and whom it wakes: to relay, to sweep, to tell."""

    listen_database_url: str = field(repr=False)
    k_sink: str
    sweep_sink: str
    notify_sink: str = ""
    doorbell_check_s: float = 5.0


@dataclass(frozen=True)
class Migration:
    """Two folders: the migrations, and a connection URL for each role, `owner` among them."""

    migrations: str
    database_urls: str
    wait_s: int = 120


@dataclass(frozen=True)
class Callers:
    """Whose requests functions take: those that use the cluster's own names."""

    cluster_domain: str = "cluster.local"


@dataclass(frozen=True)
class Waking:
    """Whom `upload` wakes when a file comes after a pause, comma-separated; empty: nobody."""

    wake_urls: str = ""
    # Knative keeps a pod for longer after its last request.
    wake_after_idle_s: float = 60.0


@dataclass(frozen=True)
class Door:
    """Under which names `upload` may be called, comma-separated; empty: any name.

    `cors_origins` are the origins, such as https://example.org, whose pages may use the API.
    """

    allowed_hosts: str = ""
    cors_origins: str = ""


@dataclass(frozen=True)
class Access:
    """Who may use the API: `api_auth` is required, none (on loopback only) or open-to-everyone.

    Empty, it is none where the function listens on loopback, and required anywhere else.
    `admin_token` is a token that may do everything, to begin with. `requests_per_minute` counts for
    each token, or each address where there is none; 0: no limit.
    """

    api_auth: str = ""
    admin_token: str = field(default="", repr=False)
    requests_per_minute: int = 1200


@dataclass(frozen=True)
class Passage:
    """How many forms may be received at once; each lies on the disk meanwhile."""

    forms_at_once: int = 16


@dataclass(frozen=True)
class Live:
    """How often `upload` looks for news while somebody watches, and how many may at once.

    A stream ends after `events_stream_s`, well before a request may last too long; who watches
    comes again by itself.
    """

    events_poll_s: float = 0.5
    events_heartbeat_s: float = 15.0
    events_stream_s: float = 240.0
    events_watchers: int = 100


@dataclass(frozen=True)
class Page:
    """Where files' traces are shown; {trace_id} and {file_id} stand for what they say."""

    trace_url_template: str = ""


@dataclass(frozen=True)
class Notifying:
    """Who outside is told what, beside the webhooks that people register.

    With a bot and a chat, Telegram is told of files that finished; with `telegram_pages` also of
    each page. A webhook of which every delivery has failed for so many hours is disabled.
    """

    telegram_bot_token: str = field(default="", repr=False)
    telegram_chat_id: str = ""
    telegram_pages: int = 0
    telegram_api: str = "https://api.telegram.org"
    webhook_timeout_s: float = 15.0
    webhook_disable_after_h: float = 72.0


@dataclass(frozen=True)
class Outbound:
    """Which hosts and networks that are not public webhooks may lead to, comma-separated."""

    notify_allow_private: str = ""


@dataclass(frozen=True)
class Digest:
    """When people are told of files that finished, of many together.

    That is when none of the tenant is under way and none has finished for `digest_quiet_s`, or
    `digest_at_most_s` after the first.
    """

    digest_quiet_s: float = 10.0
    digest_at_most_s: float = 600.0


@dataclass(frozen=True)
class Logging:
    """How log lines are written: `log_format` is json or text."""

    log_format: str = "text"


@dataclass(frozen=True)
class Telemetry:
    """Where traces and metrics go; OpenTelemetry reads its other OTEL_* variables by itself.

    `lector_traces`, such as xray, is said in place of `otel_traces_exporter`.
    """

    lector_traces: str = ""
    otel_sdk_disabled: str = ""
    otel_service_name: str = ""
    otel_traces_exporter: str = ""
    otel_metrics_exporter: str = ""
    otel_metric_export_interval: int = 60_000
    otel_exporter_otlp_endpoint: str = ""
    otel_exporter_otlp_traces_endpoint: str = ""
    otel_exporter_otlp_metrics_endpoint: str = ""


@dataclass(frozen=True)
class XRay:
    """Where spans go as segments, by UDP, with LECTOR_TRACES=xray."""

    aws_xray_daemon_address: str = "127.0.0.1:2000"


@dataclass(frozen=True)
class FailPoints:
    """The folder in which a test arms fail points; empty when there is no test."""

    fail_points: str = ""


_PARSERS: dict[object, Callable[[str], object]] = {str: str, int: int, float: float}


def load(kind: type[Settings], environ: Mapping[str, str] | None = None) -> Settings:
    """Read a settings dataclass from the environment; raise `SettingsError` with advice."""
    environ = os.environ if environ is None else environ
    return kind(**{f.name: _value(kind, f, environ) for f in fields(kind)})


def pairs(text: str) -> dict[str, str]:
    """What is written as `name=value,name=value`; `SettingsError` if it is not."""
    entries = [entry.partition("=") for entry in text.split(",") if entry.strip()]
    if not all(name.strip() and value.strip() for name, _, value in entries):
        raise SettingsError(f"this is not name=value,name=value: {text!r}")
    return {name.strip(): value.strip() for name, _, value in entries}


def require(*kinds: type[_Dataclass]) -> None:
    """Refuse to go on without these settings: `SettingsError` names all that are amiss."""
    amiss = []
    for kind in kinds:
        for spec in fields(kind):
            try:
                _value(kind, spec, os.environ)
            except SettingsError as error:
                amiss.append(str(error))
    if amiss:
        raise SettingsError("; ".join(dict.fromkeys(amiss)))


@cache
def current(kind: type[Settings]) -> Settings:
    """The process's settings of this kind, read once."""
    return load(kind)


def _value(kind: type[Any], spec: Field[Any], environ: Mapping[str, str]) -> object:
    name = spec.name.upper()
    text = environ.get(name)
    if text is None:
        if spec.default is MISSING:
            purpose = (kind.__doc__ or "").strip()
            raise SettingsError(f"set the environment variable {name} ({purpose})")
        return spec.default
    try:
        return _PARSERS[spec.type](text)
    except ValueError as error:
        raise SettingsError(f"{name} is not a number: {text!r}") from error

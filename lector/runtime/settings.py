"""The only reader of the environment: one small dataclass for each concern.

A field `s3_endpoint` is read from `S3_ENDPOINT`; a field without a default must be set.
docs/configuration.md shows the text below each field.
Values that are secret stay out of `repr`, and so out of logs and tracebacks.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

from lector.runtime.failures import LectorError
from lector.telemetry import settings as of_telemetry


class SettingsError(LectorError):
    """A setting is missing or cannot be understood; the message says what to set."""


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Settings = TypeVar("Settings", bound=_Dataclass)


@dataclass(frozen=True)
class Database:
    """Where state and outbox live."""

    database_url: str = field(repr=False)
    """PostgreSQL, as a URL with the role and the password of the function; a pooler will do."""
    database_pool_size: int = 4
    """Connections of one process at most."""
    database_timeout_s: float = 10.0
    """How long a request waits for a free connection, or a new one, before it is "not now"."""


@dataclass(frozen=True)
class Objects:
    """Where PDFs and page images live."""

    s3_endpoint: str
    """The object store as functions reach it, as a URL."""
    s3_bucket: str
    """The bucket, which must be there."""
    s3_access_key: str = field(repr=False)
    """The key's id."""
    s3_secret_key: str = field(repr=False)
    """The key's secret."""
    s3_region: str = "us-east-1"
    """The region that signatures name."""
    s3_public_endpoint: str = ""
    """The object store as people reach it, in URLs for uploads and images; empty: the same."""
    s3_url_lifetime_s: int = 900
    """How long such a URL is good for."""


@dataclass(frozen=True)
class Limits:
    """What a file may measure."""

    max_file_bytes: int = 512 * 1024 * 1024
    """A larger one is refused when it is announced."""
    max_pages: int = 2000
    """Pages of one file that may be read. Where more are selected, or the file has more and none
    are, it fails when it is opened, and says so. The same for upload, which tells it, render, which
    counts, and register, which believes no larger count."""


@dataclass(frozen=True)
class Rendering:
    """How a page becomes an image, and what it may take."""

    render_longest_side_px: int = 1568
    """What the longer side of a page's image is fitted into, where that is fine enough for its
    print. Otherwise the image is larger."""
    render_min_dpi: int = 150
    """How finely a page is drawn at least whose print is too small for that, or is not known."""
    render_max_dpi: int = 300
    """No page is drawn finer than this, however small it or its print is."""
    render_dpi: int = 0
    """How finely every page is drawn, instead of being fitted into the longest side; 0: it is."""
    render_max_megapixels: int = 40
    """Pixels of an image, in millions; a page that needs more is drawn coarser, and says so."""
    render_colours: str = "grey"
    """`grey` or `colour`. A reader's own `image` goes before this, the format, quality and size."""
    render_format: str = "jpeg"
    """`jpeg` or `png`."""
    render_jpeg_quality: int = 80
    """Of a JPEG: 1 to 95."""
    render_cached_files: int = 4
    """PDFs that a process keeps at hand between ranges."""
    render_page_timeout_s: float = 30.0
    """A page that takes longer fails, and its process is replaced. Eight such pages, one after the
    other, must fit into a function's request."""
    render_memory_bytes: int = 1024 * 1024 * 1024
    """Address space of a process that draws; a colour scan of A4 with 600 dpi takes 0.6 GiB."""
    render_processes: int = 0
    """How many processes draw; 0: one for each processor."""

    def __post_init__(self) -> None:
        """Refuse any other word."""
        for name, value, words in (
            ("RENDER_COLOURS", self.render_colours, ("grey", "colour")),
            ("RENDER_FORMAT", self.render_format, ("jpeg", "png")),
        ):
            if value not in words:
                raise ValueError(f"{name} is {' or '.join(words)}, not {value!r}")


@dataclass(frozen=True)
class Ledger:
    """How a file is cut into pieces of work, and what becomes of those that stand still."""

    pages_per_range: int = 8
    """Pages in one request to render, at most: a file's first ranges are shorter."""
    pages_in_flight: int = 128
    """How many pages may be rendered or read at once, or wait to be: shared among tenants, then
    among files. Twice as many as readers take at most."""
    sweep_after_s: float = 600.0
    """What nothing moved for so long is announced again. Longer than any delivery takes, so that
    nothing under way is."""
    sweep_attempts: int = 8
    """How often, with pauses that double, before a file fails as stalled."""
    removal_after_s: float = 1800.0
    """When a deleted file's objects are removed a second time. Longer than any delivery and any
    upload URL: after that, nothing stores an object any more."""
    unconfirmed_keep_h: float = 24.0
    """How long an upload may stay unconfirmed before it is deleted."""


@dataclass(frozen=True)
class Budgets:
    """What may be spent, and stored. The same for upload, register and llm."""

    max_cost_usd_per_day: float = 0.0
    """What all pages of a day (UTC) may cost together, in USD; 0: whatever they take. Pages that no
    money is left for wait; those that cost nothing go on."""
    max_pages_per_day: int = 0
    """Of each tenant: pages of the files that it has opened on a day (UTC); 0: no limit."""
    max_stored_bytes: int = 0
    """Of each tenant: bytes of its files as they were uploaded; 0: no limit."""

    @property
    def ceiling_usd(self) -> float | None:
        """The ceiling of a day; None if there is none."""
        return self.max_cost_usd_per_day or None


@dataclass(frozen=True)
class TextLayers:
    """What becomes of the text that pages carry themselves."""

    text_layer: str = "auto"
    """For files that do not say: `auto` takes it where it can be trusted, `never` has every page
    read, `always` takes it wherever there is any."""

    def __post_init__(self) -> None:
        """Refuse any other word."""
        if self.text_layer not in ("auto", "never", "always"):
            raise ValueError(f"TEXT_LAYER is auto, never or always, not {self.text_layer!r}")


@dataclass(frozen=True)
class Readers:
    """Who reads the pages: an OpenAI-compatible endpoint, or several by name (docs/models.md)."""

    readers_file: str = ""
    """A file of readers that is laid over Lector's own (lector/domain/readers.yaml)."""
    reader: str = ""
    """The reader of files that name none; empty: the one that the file has as its default."""
    openai_base_url: str = ""
    """The default reader's endpoint, up to and with `/v1`, in place of its own."""
    openai_model: str = ""
    """The default reader's model; empty: the one that it names."""
    model_choices: str = ""
    """Models of the default reader that people may choose for a file beside the configured one,
    comma-separated; `*`: any."""
    reader_choices: str = ""
    """Readers that people may choose for a file, comma-separated; empty: all that are set up."""
    readers_set_up: str = ""
    """For upload, which has neither their keys nor their addresses: the readers that are set up
    where pages are read, comma-separated; empty: nobody has said."""
    readers_priced: str = ""
    """For upload: the readers of whom it is known where pages are read what they cost,
    comma-separated; empty: as readers.yaml says."""
    tesseract_languages: str = ""
    """For upload: the languages of the reader `tesseract` (BCP 47), comma-separated; `here`: those
    whose data is on this machine; empty: nobody has said."""
    model_prompt_price_usd: float = 0.0
    """What tokens of questions cost, where the default reader's endpoint does not tell; 0: as the
    reader has it."""
    model_completion_price_usd: float = 0.0
    """What tokens of answers cost, where the default reader's endpoint does not tell; 0: as the
    reader has it."""
    reader_check: int = 1
    """0: nobody asks the default reader at the start, with one small request, whether it can be
    asked at all."""
    model_prompt: str = "default"
    """What READER is called where it was set up before there were readers."""


@dataclass(frozen=True)
class Model:
    """How patiently readers are asked, and what is kept of what they say."""

    openai_api_key: str = field(default="", repr=False)
    """The key of the endpoint at OPENAI_BASE_URL; any text where it asks for none. Other readers
    name the variable that holds theirs."""
    model_timeout_s: float = 90.0
    """For one call, to the last byte of its answer."""
    model_budget_s: float = 180.0
    """For all calls that one delivery of a page makes."""
    model_longest_side_px: int = 1800
    """A larger image is read in pieces with no longer side than this, unless its reader says
    otherwise."""
    model_attempts: int = 3
    """How often a page may fail (the endpoint's fault, a time-out, an answer that breaks off)."""
    model_first_answer_s: float = 900.0
    """How long an endpoint that has never answered well may fail before pages fail for it."""
    model_cache_days: int = 7
    """How long an answer is kept for pages with the very same image."""


@dataclass(frozen=True)
class Verification:
    """Who is asked beside a model what stands on a page, and how long that may take."""

    verify: str = "auto"
    """For readers and files that do not say: `auto` holds texts against a second reader where that
    holds nobody up, `always` waits for it, `never` asks none."""
    verify_deadline_s: float = 20.0
    """How long the embedded reader may take over a page from when its model is asked; later, the
    page is stored without it, and says so."""
    tesseract_url: str = ""
    """The embedded reader, up to and with `/v1`; empty: there is none, and pages are held against
    their own text layers alone."""

    def __post_init__(self) -> None:
        """Refuse any other word."""
        if self.verify not in ("auto", "never", "always"):
            raise ValueError(f"VERIFY is auto, never or always, not {self.verify!r}")


@dataclass(frozen=True)
class Tesseract:
    """How the embedded reader works."""

    readers: int = 0
    """Pages that are read at once; 0: one for each processor."""
    reading_limit_s: float = 300.0
    """How long reading one page may take, before it fails; waiting for its turn does not count."""
    tesseract_api_key: str = field(default="", repr=False)
    """The key that it asks its callers for; empty: none."""
    lector_languages: str = ""
    """A folder with data of languages; on one machine, the one that `lector languages` fills."""
    tessdata_prefix: str = ""
    """Another folder with such data, as Tesseract itself has it."""
    tesseract_languages: str = ""
    """Languages (BCP 47), comma-separated, without whose data the reader is not ready; `here` or
    empty: English only."""


@dataclass(frozen=True)
class Relay:
    """Where the outbox goes, and how much of it at once."""

    k_sink: str
    """The sink's URL."""
    relay_batch: int = 500
    """Rows that are published together."""
    relay_sink_timeout_s: float = 30.0
    """How long the sink may take over a batch."""
    relay_budget_s: float = 120.0
    """How long one ring drains, before it asks to be rung again."""
    relay_keep_published_h: float = 168.0
    """How long published rows are kept: so far back watchers can begin, and history goes."""
    relay_keep_refused_days: float = 30.0
    """How long rows are kept that the sink refused for good."""
    relay_purge_every_s: float = 60.0
    """How often rows are looked for that were kept long enough."""


@dataclass(frozen=True)
class Jetstream:
    """Where NATS is."""

    nats_url: str = field(repr=False)
    """As `nats://user:password@host:port`."""
    nats_replicas: int = 1
    """Copies of each stream; 3 on a cluster of NATS."""


@dataclass(frozen=True)
class Address:
    """Where a server listens; by default as a container does."""

    host: str = "0.0.0.0"  # noqa: S104
    """The interface's address."""
    port: int = 8080
    """The port; Knative sets it."""


@dataclass(frozen=True)
class Serving:
    """Which function a process serves, and how it ends."""

    function_target: str = ""
    """The function's name, such as `render`."""
    function_source: str = "main.py"
    """The file that it is in."""
    grace_s: int = 30
    """How long requests in flight may last after SIGTERM."""
    threads: int = 40
    """How many requests are handled at once; a stream of events takes no thread."""


@dataclass(frozen=True)
class Knative:
    """What Knative Serving tells a process about itself."""

    k_service: str = ""
    """The Service whose pod it is; empty: it runs elsewhere. Where it is set, connections are made
    and processes started at the start, and not at the first event."""


@dataclass(frozen=True)
class Connections:
    """How patient a server is with slow clients."""

    header_timeout_s: float = 10.0
    """How long a request's header may take; after that the connection is closed."""
    headers_per_address: int = 100
    """Connections of one address that may wait for their header at once; beyond that its oldest is
    closed. 0: no limit."""
    headers_at_once: int = 1000
    """The same for all addresses together."""
    answer_timeout_s: float = 60.0
    """A client that takes nothing of its answer for so long is disconnected."""


@dataclass(frozen=True)
class Source:
    """How the JetStream source finds functions."""

    function_urls: str
    """Where each is, as `name=url,name=url`."""
    function_capacity: str = ""
    """How many requests each takes in all (max-scale times concurrency), as `name=number,…`;
    empty: what the table of subscriptions says, which holds for one machine."""
    subscriptions_file: str = ""
    """Another table of subscriptions; empty: Lector's own."""
    reader_slots: str = ""
    """How many pages readers are given at once to begin with, as `name=number,…`; others: what the
    table of subscriptions says. More or fewer are learnt."""


@dataclass(frozen=True)
class Interest:
    """How the JetStream source knows whether anybody wants to be told of files and pages."""

    interest_database_url: str = field(default="", repr=False)
    """PostgreSQL itself, as for LISTEN_DATABASE_URL: while no webhook wants events about pages,
    notify gets none; empty: it gets all."""
    telegram_pages: int = 0
    """As for notify: 1 sends people a message about each page."""
    telegram_files: int = 1
    """0: nobody is told on Telegram of files, so that notify gets no event about them either while
    no webhook wants it. `lector up` knows that by itself."""
    interest_check_s: float = 5.0
    """How often it looks whether a change of webhooks was missed."""


@dataclass(frozen=True)
class Doorbell:
    """How the PostgreSQL source listens, and whom it wakes: to relay, to sweep, to tell."""

    listen_database_url: str = field(repr=False)
    """PostgreSQL itself: LISTEN does not get through a pooler."""
    k_sink: str
    """Where outbox is rung; on a cluster the SinkBinding sets it."""
    sweep_sink: str
    """Where register is rung when files are due."""
    notify_sink: str = ""
    """Where notify is rung when people are to be told; empty: nobody is."""
    doorbell_check_s: float = 5.0
    """How often it looks whether a ring was missed."""
    doorbell_gather_s: float = 0.5
    """How long events that nobody waits for, such as `lector.page.read`, wait for others to be
    published with."""


@dataclass(frozen=True)
class Migration:
    """What the bridge's `migrate` brings up to date."""

    migrations: str
    """The folder of the migrations."""
    database_urls: str = field(repr=False)
    """A folder with a file for each role, `owner` among them, that holds its connection URL; or the
    URLs themselves as `role=url,role=url`."""
    wait_s: int = 120
    """How long it waits for PostgreSQL to answer."""


@dataclass(frozen=True)
class ClusterDomain:
    """Whose requests functions take: those that use the cluster's own names."""

    cluster_domain: str = "cluster.local"
    """What those names end with."""


@dataclass(frozen=True)
class Caller:
    """How functions and sink know who hands them events: the bridge and the relay."""

    caller_secret: str = field(default="", repr=False)
    """Sent in the header Lector-Caller-Secret, and asked for; empty: not asked for, as behind a
    stock Broker, which cannot send it. The same everywhere; while it is exchanged, the new one and
    the old one with a comma between."""


@dataclass(frozen=True)
class Wakeup:
    """Whom `upload` wakes when a file comes after a pause."""

    wake_urls: str = ""
    """The functions' URLs, comma-separated; empty: nobody."""
    wake_after_idle_s: float = 60.0
    """How long a pause is; Knative keeps a pod for longer after its last request."""
    wake_at_start: bool = True
    """Whether they are woken when `upload` itself starts, too: somebody has come, who may bring a
    file. Without it their starts wait for that of `upload`; with it a visit wakes them."""


@dataclass(frozen=True)
class AllowedHosts:
    """Through which names and pages `upload` may be called."""

    allowed_hosts: str = ""
    """Host names, comma-separated; empty: any."""
    cors_origins: str = ""
    """The origins, such as https://example.org, whose pages may use the API, comma-separated."""


@dataclass(frozen=True)
class Access:
    """Who may use the API."""

    api_auth: str = ""
    """`required`, `none` (on loopback only) or `open-to-everyone`; empty: none where the function
    listens on loopback, and required anywhere else."""
    admin_token: str = field(default="", repr=False)
    """A token that may do everything, to begin with."""
    sign_in_file: str = ""
    """A file with a code that a browser may exchange for a token, once; `lector up --auth` makes
    one."""
    requests_per_minute: int = 1200
    """For each token, or each address where there is none, in each process; 0: no limit."""


@dataclass(frozen=True)
class Uploads:
    """What `upload` takes in itself."""

    forms_at_once: int = 16
    """Forms that are received at once; each lies on the disk meanwhile."""
    forms_per_tenant: int = 8
    """The same of one tenant; 0: no limit."""
    forms_per_address: int = 8
    """The same of one address; 0: no limit, as behind a proxy, where all have the same."""
    bodies_at_once: int = 1000
    """Requests whose bodies are being received at once, forms among them."""
    bodies_per_tenant: int = 100
    """The same of one tenant; 0: no limit."""
    bodies_per_address: int = 100
    """The same of one address; 0: no limit, as behind a proxy."""
    body_bytes_per_s: int = 8192
    """A body that comes more slowly is refused."""
    body_window_s: float = 30.0
    """Over which time the rate is measured."""


@dataclass(frozen=True)
class Search:
    """How `upload` searches."""

    search_timeout_s: float = 5.0
    """How long a statement of a search may take. Half of DATABASE_POOL_SIZE search at once."""


@dataclass(frozen=True)
class EventStream:
    """What `upload` does for those who watch."""

    events_poll_s: float = 0.5
    """How often it looks for news while somebody watches."""
    events_heartbeat_s: float = 15.0
    """How often a stream without news says that it is there."""
    events_stream_s: float = 240.0
    """When a stream ends, before a request may last no longer; who watches comes again."""
    events_watchers: int = 100
    """How many may watch at once in a process."""
    events_watchers_per_tenant: int = 50
    """The same of one tenant; 0: no limit."""
    events_watchers_per_address: int = 50
    """The same of one address; 0: no limit, as behind a proxy, where all have the same."""


@dataclass(frozen=True)
class TraceLinks:
    """What the web page is told."""

    trace_url_template: str = ""
    """Where a file's trace is shown; {trace_id} and {file_id} stand for what they say."""


@dataclass(frozen=True)
class Notifying:
    """Who outside is told what, beside the webhooks that people register."""

    telegram_bot_token: str = field(default="", repr=False)
    """The bot's token; empty: Telegram is told nothing."""
    telegram_chat_id: str = ""
    """The chat that is told of files that finished."""
    telegram_pages: int = 0
    """1: of each page, too."""
    telegram_uploads: int = 0
    """1: of each file that is uploaded, or deleted, too."""
    telegram_api: str = "https://api.telegram.org"
    """Another server that speaks Telegram's Bot API."""
    webhook_timeout_s: float = 15.0
    """For one delivery as a whole."""
    webhook_disable_after_h: float = 72.0
    """A webhook of which every delivery has failed for so long is disabled."""


@dataclass(frozen=True)
class Reports:
    """How `upload` signs reports."""

    report_key: str = field(default="", repr=False)
    """The private key of this Lector, 64 hexadecimal digits (32 random bytes); empty: reports are
    not signed, and say so. Keep it: with another key, it is another Lector that signs."""

    def __post_init__(self) -> None:
        """Refuse what is no key, without quoting it."""
        if self.report_key and not re.fullmatch("[0-9a-fA-F]{64}", self.report_key):
            raise ValueError("REPORT_KEY is not 64 hexadecimal digits (32 random bytes)")


@dataclass(frozen=True)
class Outbound:
    """Where webhooks may lead to, beside public addresses."""

    notify_allow_private: str = ""
    """Hosts and networks that are not public, comma-separated."""


@dataclass(frozen=True)
class Fetching:
    """Files at URLs, which `upload` fetches for whoever names one."""

    fetch_timeout_s: float = 60.0
    """How long it may take as a whole, redirects included; 0: none is fetched."""
    fetch_allow_private: str = ""
    """Those that are not public, comma-separated: whoever may upload can read what is there."""


@dataclass(frozen=True)
class SourceBuckets:
    """Buckets of which an S3 server tells `upload` what has come into them."""

    source_buckets: str = ""
    """Those of the same object store, which `S3_ACCESS_KEY` may read, comma-separated: `scans`, or
    `scans=tenant`. Whoever may upload for the tenant can have any of their objects read."""

    @property
    def tenants(self) -> dict[str, str]:
        """The tenant whose files a bucket's objects become, by the bucket."""
        named = [one.strip() for one in self.source_buckets.split(",") if one.strip()]
        pairs = [one.partition("=") for one in named]
        return {bucket.strip(): tenant.strip() or "default" for bucket, _, tenant in pairs}


@dataclass(frozen=True)
class Digest:
    """When people are told of files that finished, of many together."""

    digest_quiet_s: float = 10.0
    """When none of the tenant is under way and none has finished for so long."""
    digest_at_most_s: float = 600.0
    """So long after the first at the latest."""


Logging = of_telemetry.Logging
Telemetry = of_telemetry.Telemetry


@dataclass(frozen=True)
class FailPoints:
    """Where a test makes processes fail."""

    fail_points: str = ""
    """The folder in which fail points are armed; empty when there is no test."""


_PARSERS: dict[object, Callable[[str], object]] = {str: str, int: int, float: float}


def load(kind: type[Settings], environ: Mapping[str, str] | None = None) -> Settings:
    """Read a settings dataclass from the environment; raise `SettingsError` with advice."""
    environ = os.environ if environ is None else environ
    values = {f.name: _value(kind, f, environ) for f in fields(kind)}
    try:
        return kind(**values)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def variable(name: str) -> str | None:
    """A variable that a file of readers names; None if it is not set, or empty."""
    return os.environ.get(name) or None


def parse_pairs(text: str) -> dict[str, str]:
    """What is written as `name=value,name=value`; `SettingsError` if it is not."""
    entries = [entry.partition("=") for entry in text.split(",") if entry.strip()]
    if not all(name.strip() and value.strip() for name, _, value in entries):
        raise SettingsError(f"this is not name=value,name=value: {text!r}")
    return {name.strip(): value.strip() for name, _, value in entries}


def require(*kinds: type[_Dataclass], check: Callable[[], None] = lambda: None) -> None:
    """Refuse to go on without these settings: `SettingsError` names all that are amiss.

    `check` may raise one of its own.
    """
    amiss = []
    for kind in kinds:
        for spec in fields(kind):
            try:
                _value(kind, spec, os.environ)
            except SettingsError as error:
                amiss.append(str(error))
    try:
        check()
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

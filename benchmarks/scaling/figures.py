"""What the simulation is fed with: measured figures, and prices, which are assumptions."""

from dataclasses import dataclass

RANGE = 8  # pages in one rendering request
RETENTION_DAYS = 7  # of the stream


@dataclass(frozen=True)
class Measured:
    """On 2 cores, on loopback (benchmarks/README.md, docs/scaling.md)."""

    text_pages_per_pod_s: float = 100.0  # benchmarks.render_concurrency, two requests at once
    scan_pages_per_pod_s: float = 17.0
    register_pages_per_pod_s: float = 500.0  # 1 ms of CPU a page and the wait for PostgreSQL
    files_per_pod_s: float = 20.0  # an upload, an opening, a ledger: an estimate
    # CPU of one delivery, and what each other delivery under way adds (source_rate, 16 to 640).
    source_ms: float = 1.1
    source_ms_each: float = 0.0015
    relay_events_s: float = 9_762.0  # benchmarks relay
    jetstream_messages_s: float = 9_000.0  # fetched and acked by one client, the lower end
    postgres_cpu_s_page: float = 0.002  # benchmarks pipeline
    s3_cpu_s_page: float = 0.006
    stored_bytes_page: float = 700 + 579 + (616 + 2253) / RANGE  # benchmarks.scaling.source_rate
    image_bytes: float = 250_000


@dataclass(frozen=True)
class Prices:
    """USD; assumptions to be replaced by one's own, not quotes."""

    vcpu_hour: float = 0.04
    gib_hour: float = 0.005
    gb_month: float = 0.023  # of objects in S3
    million_input: float = 0.20
    million_output: float = 0.60
    input_tokens: float = 1_700.0
    output_tokens: float = 700.0
    # Never asleep: PostgreSQL with 2 and 8, NATS with 1 and 2, the two sources with 0.5 and 0.5.
    standing_vcpu: float = 3.5
    standing_gib: float = 10.5

    @property
    def standing_hour(self) -> float:
        """What an hour costs in which nothing comes."""
        return self.standing_vcpu * self.vcpu_hour + self.standing_gib * self.gib_hour

    @property
    def page_read(self) -> float:
        """What the model costs for a page."""
        per_million = self.input_tokens * self.million_input
        return (per_million + self.output_tokens * self.million_output) / 1e6

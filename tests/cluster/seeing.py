"""Stages about what is seen: a file's trace, the metrics, an alert that fires."""

import json
import re
from typing import Any

import yaml

from lector.local.tools import checkout
from tests.cluster import documents, jaeger
from tests.cluster.cluster import Cluster
from tests.cluster.kubectl import Manifest
from tests.cluster.stage import LeftOut, Stage, StageFailed, check
from tests.cluster.strangers import pod

# Whoever handles an event of a file that is read. notify is asleep unless somebody is to be told.
TRACED = {"upload", "render", "register", "llm", "outbox"}
# What is there from the first minute on; others come with what they count.
METRICS = {"lector_outbox_oldest_seconds", "lector_stalled_seconds"}
_PROMETHEUS = "prom/prometheus:v3.5.0"
_READ_WITHIN_S = 300.0
_NAMED = ", ".join(sorted(METRICS))
_SEEN_WITHIN_S = 120.0
_FIRES_WITHIN_S = 240.0


def trace(cluster: Cluster) -> str:
    """Read one file and fetch its one trace: every function in it, no span without its parent."""
    _needs(cluster, "jaeger")
    [made] = documents.make(documents.fresh_folder(cluster, "trace"), 1, 3)
    with cluster.client() as lector:
        sent = documents.upload(lector, [made])
        [file] = documents.await_all(cluster, lector, list(sent), _READ_WITHIN_S)
    check(file["trace_id"], "the file has no trace")
    spans: list[jaeger.Span] = []

    def whole() -> bool:
        # Spans come in batches, and parents after their children.
        spans[:] = jaeger.spans(cluster, file["trace_id"])
        return {span.service for span in spans} >= TRACED and not jaeger.orphans(spans)

    try:
        cluster.clock.wait_until(whole, _SEEN_WITHIN_S, "the trace did not come whole")
    except TimeoutError as error:
        raise StageFailed(f"{error}; {_what_came(spans)}") from error
    return f"{len(spans)} spans of {len({span.service for span in spans})} services, no orphan"


def _what_came(spans: list[jaeger.Span]) -> str:
    seen = ", ".join(sorted({span.service for span in spans})) or "nobody"
    lost = [f"{span.service}: {span.name}" for span in jaeger.orphans(spans)]
    named = f": {', '.join(lost[:3])}" if lost else ""
    return f"in it: {seen}; {len(lost)} spans lack their parent{named}"


def metrics(cluster: Cluster) -> str:
    """Fetch the metrics where a Prometheus would."""
    _needs(cluster, "otel-collector")
    with cluster.forward(cluster.kubectl, "svc/otel-collector", 8889) as port:
        url = f"http://127.0.0.1:{port}/metrics"
        found: set[str] = set()

        def there() -> bool:
            text = cluster.fetch(url).decode()
            found.update(re.findall(r"^(\w+)(?:\{|\s)", text, re.MULTILINE))
            return found >= METRICS

        cluster.clock.wait_until(there, _SEEN_WITHIN_S, f"not all of {_NAMED} came")
    ours = [name for name in found if name.startswith("lector_")]
    return f"{len(ours)} metrics of Lector's own among {len(found)}"


def alerts(cluster: Cluster) -> str:
    """Stop NATS, so that an announcement waits, until a Prometheus outside says so."""
    _needs(cluster, "otel-collector")
    outside = cluster.neighbour()
    [made] = documents.make(documents.fresh_folder(cluster, "alerts"), 1, 1)
    with cluster.client() as lector, cluster.namespace(outside):
        outside.apply(prometheus(cluster.kubectl.namespace))
        outside.wait("pod/prometheus", "Ready", 180)
        cluster.kubectl.text("scale", "statefulset/nats", "--replicas=0")
        began = cluster.clock.now()
        try:
            sent = documents.upload(lector, [made])
            with cluster.forward(outside, "pod/prometheus", 9090) as port:
                url = f"http://127.0.0.1:{port}/api/v1/alerts"
                cluster.clock.wait_until(
                    lambda: "LectorOutboxStuck" in firing(json.loads(cluster.fetch(url))),
                    _FIRES_WITHIN_S,
                    "LectorOutboxStuck did not fire",
                )
            fired = cluster.clock.now() - began
        finally:
            cluster.kubectl.text("scale", "statefulset/nats", "--replicas=1")
            cluster.kubectl.rolled_out("statefulset/nats", 180)
        documents.await_all(cluster, lector, list(sent), _READ_WITHIN_S)
        documents.hold_texts(lector, sent)
    return (
        f"LectorOutboxStuck fired {fired:.0f} s after NATS was gone; the page was read afterwards"
    )


def firing(answer: dict[str, Any]) -> set[str]:
    """The names of the alerts that fire, of an answer of /api/v1/alerts."""
    return {
        alert["labels"]["alertname"]
        for alert in answer["data"]["alerts"]
        if alert["state"] == "firing"
    }


def prometheus(namespace: str) -> list[Manifest]:
    """A Prometheus with Lector's own rules, which scrapes the collector of a namespace."""
    target = f"otel-collector.{namespace}.svc.cluster.local:8889"
    config = {
        "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
        "rule_files": ["/etc/prometheus/alerts.yaml"],
        "scrape_configs": [{"job_name": "lector", "static_configs": [{"targets": [target]}]}],
    }
    rules = (checkout() / "knative" / "observability" / "alerts.yaml").read_text()
    data = {"prometheus.yml": yaml.safe_dump(config), "alerts.yaml": rules}
    metadata = {"name": "prometheus"}
    args = ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
    mounts = [
        {"name": "config", "mountPath": "/etc/prometheus"},
        {"name": "data", "mountPath": "/prometheus"},
    ]
    ready = {"httpGet": {"path": "/-/ready", "port": 9090}, "periodSeconds": 2}
    running = pod("prometheus", _PROMETHEUS, args, volumeMounts=mounts, readinessProbe=ready)
    running["spec"]["securityContext"]["fsGroup"] = 65532
    running["spec"]["volumes"] = [
        {"name": "config", "configMap": {"name": "prometheus"}},
        {"name": "data", "emptyDir": {}},
    ]
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data},
        running,
    ]


def _needs(cluster: Cluster, service: str) -> None:
    if cluster.kubectl.get("service", service) is None:
        raise LeftOut(f"this Lector has no {service}")


STAGES = (
    Stage("trace", "one file is one whole trace, by Jaeger's API", trace),
    Stage("metrics", "Lector's metrics, from the collector", metrics),
    Stage("alerts", "the alert for a stuck outbox fires", alerts),
)

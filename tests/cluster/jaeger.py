"""Traces as Jaeger's API has them."""

import json
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.cluster.cluster import Cluster


@dataclass(frozen=True)
class Span:
    """A span: who made it, within which other, and when, in seconds since 1970."""

    id: str
    service: str
    name: str
    parents: tuple[str, ...]
    began_s: float
    ended_s: float


def spans(cluster: Cluster, trace_id: str) -> list[Span]:
    """The spans of a trace that Jaeger has by now."""
    with cluster.forward(cluster.kubectl, "svc/jaeger", 16686) as port:
        try:
            body = cluster.fetch(f"http://127.0.0.1:{port}/api/traces/{trace_id}")
        except httpx2.HTTPStatusError:
            return []  # 404 until the first span of it arrives
    return parse(json.loads(body))


def parse(answer: dict[str, Any]) -> list[Span]:
    """The spans of an answer of /api/traces/ID."""
    found = []
    for trace in answer["data"] or ():
        services = {key: process["serviceName"] for key, process in trace["processes"].items()}
        for span in trace["spans"]:
            began = span["startTime"] / 1e6
            parents = tuple(
                ref["spanID"] for ref in span.get("references", []) if ref["refType"] == "CHILD_OF"
            )
            found.append(
                Span(
                    span["spanID"],
                    services[span["processID"]],
                    span["operationName"],
                    parents,
                    began,
                    began + span["duration"] / 1e6,
                )
            )
    return found


def orphans(spans: list[Span]) -> list[Span]:
    """Those whose parent is not among them."""
    known = {span.id for span in spans}
    return [span for span in spans if span.parents and not known & set(span.parents)]

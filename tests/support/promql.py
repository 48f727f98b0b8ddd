"""As much of PromQL as alert rules need, evaluated over metrics that an OTLP receiver was sent.

Parsed by promql-parser; the meaning follows https://prometheus.io/docs/prometheus/latest/querying.
Series are named as Prometheus names what it takes over OTLP. What is not known here raises.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import promql_parser as promql

from tests.support.otlp import Point

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Samples = Sequence[tuple[float, float]]

NAME = "__name__"
_STALE_S = 300.0
_UNITS = {"s": "seconds", "By": "bytes", "1": ""}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else float("nan"),
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}
_AGGREGATES: dict[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


def names(name: str, unit: str, kind: str) -> list[str]:
    """What Prometheus calls a metric that it takes over OTLP."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    suffix = _UNITS.get(unit, "" if unit.startswith("{") else unit)
    plain += f"_{suffix}" if suffix and not plain.endswith(f"_{suffix}") else ""
    if kind == "histogram":
        return [f"{plain}_count", f"{plain}_sum", f"{plain}_bucket"]
    return [f"{plain}_total" if kind == "counter" else plain]


@dataclass(frozen=True)
class Store:
    """Series by their labels, the name among them; samples ascend in time."""

    series: Mapping[Labels, Samples]

    @classmethod
    def of(cls, points: Iterable[Point]) -> "Store":
        series: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
        for point in sorted(points, key=lambda point: point.at):
            known = {"job": f"lector/{point.service}", "instance": point.instance}
            labels = {re.sub(r"\W", "_", k): str(v) for k, v in point.labels.items()} | known
            values = [point.count, point.value] if point.type == "histogram" else [point.value]
            for name, value in zip(names(point.name, point.unit, point.type), values, strict=False):
                series[frozenset({**labels, NAME: name}.items())].append((point.at, value))
        return cls(series)

    def evaluate(self, expression: str, at: float) -> Vector:
        """The vector that an expression has at a time."""
        found = self._value(promql.parse(expression), at)
        assert isinstance(found, dict), f"{expression} is no vector"
        return found

    def _value(self, node: Any, at: float) -> Vector | float:
        match node:
            case promql.NumberLiteral():
                return float(node.val)
            case promql.ParenExpr():
                return self._value(node.expr, at)
            case promql.VectorSelector():
                return self._over(node, at, _STALE_S, lambda samples: samples[-1][1], keep=True)
            case promql.Call():
                return self._called(node, at)
            case promql.AggregateExpr():
                return self._aggregated(node, at)
            case promql.BinaryExpr():
                return _combined(node, self._value(node.lhs, at), self._value(node.rhs, at))
        raise NotImplementedError(type(node).__name__)

    def _over(
        self,
        selector: Any,
        at: float,
        range_s: float,
        reduce: Callable[[Samples], float],
        *,
        keep: bool = False,
    ) -> Vector:
        until = at - (selector.offset or timedelta()).total_seconds()
        found: Vector = {}
        for labels, samples in self.series.items():
            within = [s for s in samples if until - range_s < s[0] <= until]
            if within and _matches(selector, dict(labels)):
                own = labels if keep else frozenset(p for p in labels if p[0] != NAME)
                found[own] = reduce(within)
        return found

    def _called(self, node: Any, at: float) -> Vector:
        [matrix] = node.args
        range_s = matrix.range.total_seconds()
        functions: dict[str, Callable[[Samples], float]] = {
            "last_over_time": lambda samples: samples[-1][1],
            "increase": _increase,
            "rate": lambda samples: _increase(samples) / range_s,
        }
        return self._over(matrix.vector_selector, at, range_s, functions[node.func.name])

    def _aggregated(self, node: Any, at: float) -> Vector:
        by = node.modifier.labels if node.modifier else []
        assert node.modifier is None or node.modifier.type == promql.AggModifierType.By
        groups: dict[Labels, list[float]] = defaultdict(list)
        inner = self._value(node.expr, at)
        assert isinstance(inner, dict)
        for labels, value in inner.items():
            groups[frozenset(pair for pair in labels if pair[0] in by)].append(value)
        return {labels: _AGGREGATES[str(node.op)](values) for labels, values in groups.items()}


def _matches(selector: Any, labels: Mapping[str, str]) -> bool:
    if selector.name is not None and labels[NAME] != selector.name:
        return False
    return all(
        _fits(matcher, labels.get(matcher.name, "")) for matcher in selector.matchers.matchers
    )


def _fits(matcher: Any, value: str) -> bool:
    match matcher.op:
        case promql.MatchOp.Equal:
            return bool(value == matcher.value)
        case promql.MatchOp.NotEqual:
            return bool(value != matcher.value)
        case promql.MatchOp.Re:
            return bool(re.fullmatch(matcher.value, value))
    return not re.fullmatch(matcher.value, value)


def _increase(samples: Samples) -> float:
    """Between the first and the last sample; without Prometheus's extrapolation to the edges."""
    return samples[-1][1] - samples[0][1]


def _combined(node: Any, left: Vector | float, right: Vector | float) -> Vector | float:
    operator = str(node.op)
    assert node.modifier is None or node.modifier.matching is None, "on and ignoring are not known"
    if operator in ("or", "unless", "and"):
        return _set_operation(operator, left, right)
    if operator in _ARITHMETIC:
        return _pairwise(_ARITHMETIC[operator], left, right)
    compare = _COMPARISONS[operator]
    holds = _pairwise(lambda a, b: float(compare(a, b)), left, right)
    assert isinstance(left, dict)
    assert isinstance(holds, dict)
    return {labels: left_of for labels, left_of in _unnamed(left).items() if holds.get(labels)}


def _set_operation(operator: str, left: Vector | float, right: Vector | float) -> Vector:
    assert isinstance(left, dict)
    assert isinstance(right, dict)
    there = _unnamed(right)
    if operator == "or":
        return {**there, **_unnamed(left)}
    wanted = operator == "and"
    return {labels: v for labels, v in _unnamed(left).items() if (labels in there) == wanted}


def _pairwise(
    operation: Callable[[float, float], float], left: Vector | float, right: Vector | float
) -> Vector | float:
    if isinstance(left, dict) and isinstance(right, dict):
        there = _unnamed(right)
        own = _unnamed(left).items()
        return {labels: operation(v, there[labels]) for labels, v in own if labels in there}
    if isinstance(left, dict):
        assert not isinstance(right, dict)
        return {labels: operation(value, right) for labels, value in _unnamed(left).items()}
    if isinstance(right, dict):
        return {labels: operation(left, value) for labels, value in _unnamed(right).items()}
    return operation(left, right)


def _unnamed(vector: Vector) -> Vector:
    return {frozenset(p for p in labels if p[0] != NAME): v for labels, v in vector.items()}


def selectors(expression: str) -> list[tuple[str, set[str]]]:
    """Every metric that an expression names, with the labels that it selects by."""
    found: list[tuple[str, set[str]]] = []

    def visit(node: Any) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append((str(node.name), {m.name for m in node.matchers.matchers}))
        for name in ("lhs", "rhs", "expr", "vector_selector"):
            if child := getattr(node, name, None):
                visit(child)
        for child in getattr(node, "args", None) or ():
            visit(child)

    visit(promql.parse(expression))
    return found

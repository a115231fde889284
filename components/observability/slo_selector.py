"""Series that an SLO counts: selectors as a user writes them, and series that fit them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

import promql_parser as ast
from pydantic import AfterValidator, Field

from components.observability.promql import Matcher, Selector, parse, selector

_COMMON: Final = ("200", "500", "ok", "error", "x")
_SIMPLER: Final = (
    (re.compile(r"\\d|\[0-9\]"), "1"),
    (re.compile(r"\\([^\w])"), r"\1"),
    (re.compile(r"\(\?:"), "("),
    (re.compile(r"\(([^()|]*)(?:\|[^()]*)?\)[+*?]?"), r"\1"),
    (re.compile(r"\[([^\]^-])[^\]]*\]"), r"\1"),
    (re.compile(r"\.[+*?]?"), "0"),
    (re.compile(r"(\w)[+*?]"), r"\1"),
)


def _checked(text: str) -> str:
    tree = parse(text)
    if (
        not isinstance(tree, ast.VectorSelector)
        or tree.name is None
        or tree.offset is not None
        or tree.at is not None
    ):
        raise ValueError(
            f"{text!r} is no plain selector: write a metric with matchers,"
            ' http_requests_total{job="orders"}'
        )
    return text


SeriesSelector = Annotated[str, Field(max_length=500), AfterValidator(_checked)]
"""``http_requests_total{job="orders", code=~"5.."}``: a metric and matchers, nothing around it."""


def parsed(text: str) -> tuple[str, Selector]:
    """The metric of a checked selector, and the whole."""
    tree = parse(text)
    if not isinstance(tree, ast.VectorSelector) or tree.name is None:
        raise ValueError(f"{text!r} is no plain selector")
    return tree.name, selector(tree)


def written(metric: str, matchers: Iterable[Matcher]) -> str:
    """A selector in PromQL."""
    inside = ",".join(f"{m.label}{m.operator}{_quoted(m.value)}" for m in matchers)
    return f"{metric}{{{inside}}}" if inside else metric


def series(metric: str, labels: Mapping[str, str]) -> str:
    """One series in promtool's notation."""
    return written(metric, (Matcher(label, "=", value) for label, value in labels.items()))


def fits(labels: Mapping[str, str], chosen: Selector) -> bool:
    """Whether a series of the selector's metric with ``labels`` is selected."""
    return all(matcher.accepts(labels.get(matcher.label, "")) for matcher in chosen.matchers)


def example(chosen: Selector, unlike: Selector | None = None) -> Mapping[str, str] | None:
    """Labels that fit ``chosen`` and, if it is given, do not fit ``unlike``; None if none is found.

    They differ from what ``unlike`` selects in one label.
    """
    labels = _example(chosen.matchers)
    if labels is None or unlike is None or not fits(labels, unlike):
        return labels
    for avoided in unlike.matchers:
        opposite = Matcher(avoided.label, _OPPOSITE[avoided.operator], avoided.value)
        different = _example((*chosen.matchers, opposite))
        if different is not None:
            return different
    return None


_OPPOSITE: Final = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def _example(matchers: tuple[Matcher, ...]) -> Mapping[str, str] | None:
    found: dict[str, str] = {}
    for label in dict.fromkeys(matcher.label for matcher in matchers):
        own = [matcher for matcher in matchers if matcher.label == label]
        candidates = [*(value for m in own for value in _candidates(m)), *_COMMON, ""]
        value = next((v for v in candidates if all(m.accepts(v) for m in own)), None)
        if value is None:
            return None
        if value:
            found[label] = value
    return found


def _candidates(matcher: Matcher) -> tuple[str, ...]:
    if matcher.operator in ("=", "!="):
        return (matcher.value,)
    words = matcher.value
    for pattern, simple in _SIMPLER:
        words = pattern.sub(simple, words)
    return tuple(words.split("|"))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

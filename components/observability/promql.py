"""What a PromQL expression asks for: the metrics it selects and the values it selects them by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import promql_parser as ast

DURATIONS: Final[Mapping[str, str]] = {
    "__rate_interval": "5m",
    "__interval": "1m",
    "__range": "1h",
    "__range_s": "3600",
    "__range_ms": "3600000",
    "__interval_ms": "60000",
}
"""What Grafana's own variables may stand for."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`')
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::[^}]*)?\}|(\w+))")
_STREAM = re.compile(r"\{\s*\w+\s*(?:=~|!~|!=|=)\s*(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`)")
_WORDS = re.compile(r"[\w:-]+(?:\|[\w:-]+)*")
_OPERATORS: Final = (
    ("=", ast.MatchOp.Equal),
    ("!=", ast.MatchOp.NotEqual),
    ("=~", ast.MatchOp.Re),
    ("!~", ast.MatchOp.NotRe),
)
_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}


@dataclass(frozen=True)
class Matcher:
    """``label operator "value"`` in a selector; the operator is =, !=, =~ or !~."""

    label: str
    operator: str
    value: str

    def accepts(self, value: str) -> bool:
        """Whether a series with this value of the label is selected; a lacking one is empty."""
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        found = re.fullmatch(self.value, value) is not None
        return found == (self.operator == "=~")

    @property
    def words(self) -> tuple[str, ...] | None:
        """The values it asks for by name; None for a pattern, an exclusion or a variable."""
        if self.operator == "=" and "$" not in self.value:
            return (self.value,)
        if self.operator == "=~" and _WORDS.fullmatch(self.value):
            return tuple(self.value.split("|"))
        return None


@dataclass(frozen=True)
class Selector:
    """One choice of series; ``metric`` is None if it is not chosen by its name."""

    metric: str | None
    matchers: tuple[Matcher, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics it names, by ``__name__`` too."""
        if self.metric is not None:
            return (self.metric,)
        words = (m.words for m in self.matchers if m.label == "__name__")
        return tuple(name for each in words for name in each or ())

    def on(self, label: str) -> tuple[Matcher, ...]:
        """Its matchers on ``label``."""
        return tuple(matcher for matcher in self.matchers if matcher.label == label)


def parse(expression: str) -> ast.Expr:
    """The tree of ``expression``.

    Raises:
        ValueError: it is no PromQL.
    """
    try:
        tree = ast.parse(expression)
    except ValueError as error:
        raise ValueError(f"{expression!r} is no PromQL ({error}): correct it") from error
    for node in nodes(tree):
        if isinstance(node, ast.VectorSelector) and node.matchers.or_matchers:
            raise ValueError(
                f"{expression!r} has `or` between the matchers of a selector, which Prometheus does"
                " not know: write two selectors with `or` between them"
            )
    return tree


def children(node: ast.Expr) -> tuple[ast.Expr, ...]:
    """The expressions directly below ``node``."""
    match node:
        case ast.BinaryExpr():
            return (node.lhs, node.rhs)
        case ast.AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case ast.Call():
            return tuple(node.args)
        case ast.ParenExpr() | ast.UnaryExpr() | ast.SubqueryExpr():
            return (node.expr,)
        case ast.MatrixSelector():
            return (node.vector_selector,)
        case _:
            return ()


def nodes(node: ast.Expr) -> Iterator[ast.Expr]:
    """``node`` and everything below it, from the top."""
    yield node
    for child in children(node):
        yield from nodes(child)


def selectors_of(expression: str) -> tuple[Selector, ...]:
    """Every choice of series in ``expression``, from left to right.

    Raises:
        ValueError: it is no PromQL.
    """
    return tuple(
        selector(node) for node in nodes(parse(expression)) if isinstance(node, ast.VectorSelector)
    )


def selector(node: ast.VectorSelector) -> Selector:
    """``node`` as plain data."""
    return Selector(
        node.name,
        tuple(
            Matcher(
                found.name, next(sign for sign, op in _OPERATORS if op == found.op), found.value
            )
            for found in node.matchers.matchers
        ),
    )


def metrics_of(expression: str) -> frozenset[str]:
    """Names of the metrics that ``expression`` selects, inside ``absent()`` and ``__name__`` too.

    Raises:
        ValueError: it is no PromQL.
    """
    return frozenset(name for each in selectors_of(expression) for name in each.metrics)


def for_dashboard(expression: str) -> str:
    """A dashboard's ``expression`` as PromQL.

    Variables outside of quotes become plausible values; inside of quotes, where they are PromQL
    already, they are written as ``$name``.
    """
    pieces: list[str] = []
    end = 0
    for quoted in _QUOTED.finditer(expression):
        pieces.append(_valued(expression[end : quoted.start()]))
        pieces.append(_VARIABLE.sub(lambda v: f"${v[1] or v[2]}", quoted[0]))
        end = quoted.end()
    return "".join([*pieces, _valued(expression[end:])])


def _valued(text: str) -> str:
    return _VARIABLE.sub(lambda found: DURATIONS.get(found[1] or found[2], "1"), text)


def check_log_query(expression: str) -> None:
    """Refuse LogQL that lacks a stream selector or closes what it did not open.

    Raises:
        ValueError: it cannot be LogQL.
    """
    if not _STREAM.search(expression):
        raise ValueError(
            f'{expression!r} selects no stream of logs: add a selector, {{namespace="orders"}}'
        )
    open_: list[str] = []
    for sign in _QUOTED.sub("", expression):
        if sign in _CLOSING:
            open_.append(_CLOSING[sign])
        elif sign in _CLOSING.values() and (not open_ or open_.pop() != sign):
            raise ValueError(f"{expression!r} closes a {sign} that it did not open: correct it")
    if open_:
        raise ValueError(f"{expression!r} lacks a closing {open_[-1]}: add it")

"""Which labels the result of a PromQL expression carries, and which it lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import promql_parser as ast

from components.observability.promql import children, nodes, parse, selector
from components.observability.promql_kept import EVERYTHING, NOTHING, Kept

_NAME: Final = "__name__"
_ABSENT: Final = ("absent", "absent_over_time")
_UNCHANGED: Final = ("sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "info")
_NAMELESS_INPUT: Final = ("histogram_quantile", "histogram_fraction")
_CHOOSING: Final = ("topk", "bottomk", "limitk", "limit_ratio")
_RELABELLING: Final = ("label_replace", "label_join")


@dataclass(frozen=True)
class Lost:
    """``clause`` of an expression uses ``label``, which what it is applied to no longer has."""

    label: str
    clause: str


def kept(expression: str, recorded: Mapping[str, Kept] | None = None) -> Kept:
    """The labels of the result; ``recorded`` says which labels recorded series have.

    Raises:
        ValueError: it is no PromQL.
    """
    return _kept(parse(expression), recorded or {})


def output_labels(expression: str) -> frozenset[str] | None:
    """The labels that surely survive; None if every label may.

    Raises:
        ValueError: it is no PromQL.
    """
    found = kept(expression)
    return None if found.others else found.named


def labels_used(expression: str) -> frozenset[str]:
    """Labels that ``expression`` selects, groups or matches by.

    Raises:
        ValueError: it is no PromQL.
    """
    return frozenset(
        label
        for node in nodes(parse(expression))
        for label in (*_clause_labels(node), *_matched(node))
        if label != _NAME
    )


def lost_labels(expression: str, recorded: Mapping[str, Kept] | None = None) -> tuple[Lost, ...]:
    """Labels that a clause uses after an inner aggregation dropped them, from the top.

    Raises:
        ValueError: it is no PromQL.
    """
    known = recorded or {}
    return tuple(lost for node in nodes(parse(expression)) for lost in _lost(node, known))


def _matched(node: ast.Expr) -> Iterator[str]:
    if isinstance(node, ast.VectorSelector):
        yield from (matcher.label for matcher in selector(node).matchers)


def _clause_labels(node: ast.Expr) -> Iterator[str]:
    match node:
        case ast.AggregateExpr() if node.modifier is not None:
            yield from node.modifier.labels
        case ast.BinaryExpr() if node.modifier is not None:
            if node.modifier.matching is not None:
                yield from node.modifier.matching.labels
            yield from node.modifier.group_labels or ()
        case _:
            return


def _lost(node: ast.Expr, recorded: Mapping[str, Kept]) -> Iterator[Lost]:
    match node:
        case ast.AggregateExpr() if _includes(node):
            inner = _kept(node.expr, recorded)
            for label in node.modifier.labels if node.modifier else ():
                if not inner.has(label):
                    yield Lost(label, f"{node.op} by ({label})")
        case ast.BinaryExpr() if _on(node) is not None:
            sides = [_kept(side, recorded) for side in children(node)]
            for label in _on(node) or ():
                if not all(side.has(label) for side in sides):
                    yield Lost(label, f"{node.op} on ({label})")
            many = _many(node)
            for label in node.modifier.group_labels or () if node.modifier and many else ():
                if not sides[1 if many is node.lhs else 0].has(label):
                    yield Lost(label, f"the group modifier ({label})")
        case _:
            return


def _kept(node: ast.Expr, recorded: Mapping[str, Kept]) -> Kept:
    match node:
        case ast.VectorSelector():
            return _selected(node, recorded)
        case ast.AggregateExpr():
            return _aggregated(node, _kept(node.expr, recorded))
        case ast.Call():
            return _called(node, recorded)
        case ast.BinaryExpr():
            return _combined(node, recorded)
        case ast.UnaryExpr():
            return _kept(node.expr, recorded).without([_NAME])
        case ast.ParenExpr() | ast.SubqueryExpr():
            return _kept(node.expr, recorded)
        case ast.MatrixSelector():
            return _kept(node.vector_selector, recorded)
        case _:
            return NOTHING


def _selected(node: ast.VectorSelector, recorded: Mapping[str, Kept]) -> Kept:
    chosen = selector(node)
    known = [recorded[name] for name in chosen.metrics if name in recorded]
    labels = known[0] if len(known) == 1 and len(chosen.metrics) == 1 else EVERYTHING
    return labels.adding([_NAME]).without(
        m.label for m in chosen.matchers if m.operator == "=" and not m.value
    )


def _includes(node: ast.AggregateExpr) -> bool:
    return node.modifier is not None and node.modifier.type == ast.AggModifierType.By


def _aggregated(node: ast.AggregateExpr, inner: Kept) -> Kept:
    operation = str(node.op)
    if operation in _CHOOSING:
        return inner
    labels = node.modifier.labels if node.modifier is not None else []
    if node.modifier is not None and not _includes(node):
        result = inner.without([*labels, _NAME])
    else:
        result = inner.only(labels)
    if operation == "count_values" and isinstance(node.param, ast.StringLiteral):
        return result.adding([node.param.val])
    return result


def _called(node: ast.Call, recorded: Mapping[str, Kept]) -> Kept:
    name = node.func.name
    vectors = [a for a in node.args if not isinstance(a, ast.NumberLiteral | ast.StringLiteral)]
    if name in _ABSENT:
        chosen = next((s for s in nodes(node) if isinstance(s, ast.VectorSelector)), None)
        matchers = selector(chosen).matchers if chosen is not None else ()
        return Kept(frozenset(m.label for m in matchers if m.operator == "=")).without([_NAME])
    if not vectors or name in ("vector", "scalar", "time"):
        return NOTHING
    inner = _kept(vectors[-1] if name in _NAMELESS_INPUT else vectors[0], recorded)
    if name in _UNCHANGED:
        return EVERYTHING if name == "info" else inner
    if name in _RELABELLING and isinstance(node.args[1], ast.StringLiteral):
        return inner.adding([node.args[1].val])
    return inner.without([_NAME, "le"] if name in _NAMELESS_INPUT else [_NAME])


def _on(node: ast.BinaryExpr) -> list[str] | None:
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is None or matching.type != ast.LabelModifierType.Include:
        return None
    return matching.labels


def _many(node: ast.BinaryExpr) -> ast.Expr | None:
    if node.modifier is None:
        return None
    if node.modifier.card == ast.VectorMatchCardinality.ManyToOne:
        return node.lhs
    return node.rhs if node.modifier.card == ast.VectorMatchCardinality.OneToMany else None


def _scalar(node: ast.Expr) -> bool:
    match node:
        case ast.NumberLiteral():
            return True
        case ast.ParenExpr() | ast.UnaryExpr():
            return _scalar(node.expr)
        case ast.BinaryExpr():
            return _scalar(node.lhs) and _scalar(node.rhs)
        case ast.Call():
            return node.func.name in ("scalar", "time", "pi")
        case _:
            return False


def _combined(node: ast.BinaryExpr, recorded: Mapping[str, Kept]) -> Kept:
    left, right = (_kept(side, recorded) for side in children(node))
    operation = str(node.op)
    filters = operation in ("==", "!=", "<", "<=", ">", ">=") and not (
        node.modifier is not None and node.modifier.return_bool
    )
    renamed = () if filters else (_NAME,)
    if _scalar(node.lhs) or _scalar(node.rhs):
        return (right if _scalar(node.lhs) else left).without(renamed)
    if operation in ("and", "unless"):
        return left
    if operation == "or":
        return left.both(right)
    many = _many(node)
    if many is not None and node.modifier is not None:
        base, one = (left, right) if many is node.lhs else (right, left)
        added = one.only(node.modifier.group_labels or ())
        return base.adding(added.named).without(renamed)
    on = _on(node)
    if on is not None:
        return left.both(right).only(on)
    matching = node.modifier.matching if node.modifier is not None else None
    common = left.without([_NAME]).both(right.without([_NAME]))
    return common.without(matching.labels) if matching is not None else common

"""Mutants of the code that decides: small changes to rules that an example ought to notice.

What decides is found by name: functions given as ``judge``, ``applies`` or ``holds``, whatever
they use, and the values that expectations and settings are made of. Prose and examples stay.
"""

from __future__ import annotations
import __future__

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final, NamedTuple

_FLAGS: Final = __future__.annotations.compiler_flag
_DECIDING: Final = frozenset({"judge", "applies", "holds"})
_EXPECTING: Final = frozenset(
    {"on", "off", "one_of", "contains", "filled", "given", "at_least", "Expected", "Setting"}
)
_VALUES: Final = frozenset({"left_out", "default", "holds", "minimum", "given_is_enough", "absent"})
_EXAMPLES: Final = frozenset({"good", "bad", "undecided", "foreign", "beside"})
_BUILT: Final = re.compile(
    r"Check|Props|Expected|Examples|^dict|^Mapping|^Resource|^tuple.Resource"
)
_CHECKS: Final = re.compile(r"Check|Expected")
_DECIDED: Final = re.compile(r"Truth|bool|View|Demand")
_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
SWAPPED: Final = {
    "some": "every",
    "every": "some",
    "any": "all",
    "all": "any",
    "max": "min",
    "min": "max",
    "on": "off",
    "off": "on",
    "PROD": "EVERYWHERE",
}
"""Names that stand for their opposites; a module that holds a mutant must know them all."""

_ATTRIBUTES: Final = {"startswith": "endswith", "endswith": "startswith"}
_NORMALISING: Final = frozenset({"lower", "strip", "removeprefix", "removesuffix"})
_TRUTHS: Final = ("YES", "NO", "UNKNOWN")
_MARK: Final = "~"
_FAR: Final = 10**9
_WIDTH: Final = 160


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed top-level statement of a module.

    Attributes:
        place: The function or the name whose code is changed.
        change: The code before and after.
        line: Where it is.
        statement: The index of the statement in the module.
        code: The changed statement.
    """

    place: str
    change: str
    line: int
    statement: int
    code: CodeType


class _Slot(NamedTuple):
    """A place in the tree: the field of a node, or an element of a field that is a list."""

    parent: ast.AST
    field: str
    element: int | None

    @property
    def node(self) -> Any:
        held = getattr(self.parent, self.field)
        return held if self.element is None else held[self.element]

    def put(self, node: Any) -> None:
        if self.element is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.element] = node


def compiled(statement: ast.stmt, path: str) -> CodeType:
    """The code of one top-level statement of the module at ``path``."""
    return compile(ast.Module([statement], []), path, "exec", _FLAGS, dont_inherit=True)


def mutants(tree: ast.Module, path: str) -> Iterator[Mutant]:
    """Each mutant of a module; ``tree`` is changed while one is made, and as before afterwards."""
    deciding = _deciding(tree)
    constants = {name: each for each in tree.body for name in _targets(each)}
    seen: set[int] = set()
    builders = {
        each.name
        for each in tree.body
        if isinstance(each, ast.FunctionDef) and _CHECKS.search(_returns(each))
    }
    for index, statement in enumerate(tree.body):
        for root, place in _roots(statement, deciding, builders):
            _compare_absence(root, constants)
            for slot in _slots(root):
                if id(slot.node) not in seen:
                    seen.add(id(slot.node))
                    yield from _at(slot, place, index, statement, path)


def _compare_absence(root: ast.AST, constants: Mapping[str, ast.AST]) -> None:
    """Tell what stands for absence with which texts it is compared."""
    body = root.call if isinstance(root, _Expectation) else root
    calls = [each for each in ast.walk(body) if isinstance(each, ast.Call)]
    texts: list[str] = []
    for call in calls:
        if call is body or _name(call.func) == "is_one_of":
            for given in call.args[2:] if call is body else call.args:
                held = given.value if isinstance(given, ast.Starred) else given
                texts += _texts(constants.get(_name(held), held))
    for call in calls:
        for keyword in call.keywords:
            vars(keyword)["compared"] = texts


def _texts(node: ast.AST) -> list[str]:
    held = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return [each for each in held if isinstance(each, str)]


def _at(slot: _Slot, place: str, index: int, statement: ast.stmt, path: str) -> Iterator[Mutant]:
    old = slot.node
    before = _text(old)
    for new in _replacements(slot):
        slot.put(new)
        try:
            ast.fix_missing_locations(statement)
            change = f"{before} -> {_text(new)}"
            code = compiled(statement, path)
        finally:
            slot.put(old)
        yield Mutant(place, change, getattr(old, "lineno", 0), index, code)


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return textwrap.shorten(text, _WIDTH, placeholder=" ...")


def _deciding(tree: ast.Module) -> set[str]:
    """The names of functions and constants that have a part in a verdict."""
    defined: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            defined.setdefault(node.name, []).append(node)
    for node in tree.body:
        for target in _targets(node):
            defined.setdefault(target, []).append(node)
    open_names = [
        name
        for node in ast.walk(tree)
        for given in _given(node)
        for name in _used(given)
        if name in defined
    ]
    # What a module offers to others decides there.
    open_names += [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _is_offered(node)
    ]
    found: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            used = (each for node in defined[name] for each in _used(node))
            open_names += [each for each in used if each in defined]
    return {name for name in found if not any(map(_is_built, defined[name]))}


def _given(node: ast.AST) -> Iterator[ast.AST]:
    """The code that decides in a call: what is given as judge, or as a value to expect."""
    if isinstance(node, ast.Lambda):
        yield node.body
    if not isinstance(node, ast.Call):
        return
    yield from (each.value for each in node.keywords if each.arg in _DECIDING)
    if isinstance(node.func, ast.Name) and node.func.id in _EXPECTING:
        yield from _expected_values(node)


def _expected_values(call: ast.Call) -> Iterator[ast.AST]:
    yield from call.args[2:]
    yield from (each.value for each in call.keywords if each.arg in _VALUES)


def _is_offered(node: ast.FunctionDef) -> bool:
    return not node.name.startswith("_") and bool(_DECIDED.search(_returns(node)))


def _is_built(node: ast.AST) -> bool:
    """Whether a definition is an example, a check or a rule rather than code that decides."""
    if isinstance(node, ast.FunctionDef):
        return _is_builder(node)
    value = getattr(node, "value", None)
    return isinstance(value, ast.Call) and _name(value.func) in {"Rule", "Setting", "example"}


def _is_builder(node: ast.FunctionDef) -> bool:
    return bool(_BUILT.search(_returns(node)))


def _returns(node: ast.FunctionDef) -> str:
    return ast.unparse(node.returns) if node.returns else ""


def _targets(node: ast.AST) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    yield from (each.id for each in targets if isinstance(each, ast.Name))


def _used(node: ast.AST) -> Iterator[str]:
    return (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _roots(
    statement: ast.stmt, deciding: set[str], builders: set[str]
) -> Iterator[tuple[ast.AST, str]]:
    """The deciding parts of a statement, each with the name it goes by."""
    if isinstance(statement, ast.FunctionDef):
        if statement.name in deciding:
            yield _Body(statement.body), statement.name
        else:
            yield from _islands(statement, statement.name, deciding, builders)
    elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        name = next(_targets(statement), "")
        if name in deciding:
            yield _Held(_Slot(statement, "value", None)), name
        else:
            yield from _islands(statement.value, name, deciding, builders)


class _Body(ast.AST):
    """What a walk begins with: it has no slot of its own."""

    _fields = ("body",)

    def __init__(self, body: list[ast.stmt]) -> None:
        super().__init__()
        self.body = body


def _islands(
    node: ast.AST, place: str, deciding: set[str], builders: set[str]
) -> Iterator[tuple[ast.AST, str]]:
    """The deciding parts of what as a whole decides nothing."""
    if isinstance(node, ast.Lambda):
        yield node, place
        return
    if isinstance(node, ast.FunctionDef) and node.name in deciding:
        yield _Body(node.body), f"{place}.{node.name}"
        return
    if isinstance(node, ast.keyword) and node.arg in _EXAMPLES:
        return
    if isinstance(node, ast.keyword) and node.arg in ("environments", "settles"):
        yield node, place
    if isinstance(node, ast.Call):
        yield from _values(node, place, builders)
    for child in ast.iter_child_nodes(node):
        yield from _islands(child, place, deciding, builders)


def _values(call: ast.Call, place: str, builders: set[str]) -> Iterator[tuple[ast.AST, str]]:
    name = _name(call.func)
    if name in _EXPECTING and isinstance(call.func, ast.Name):
        yield _Expectation(call), place
    elif name in builders:
        plain = [each for each in call.args if _is_plain(each)]
        plain += [each.value for each in call.keywords if _is_plain(each.value)]
        yield from ((_holder(call, each), place) for each in plain)


def _is_plain(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


class _Expectation(ast.AST):
    """The values of a call that states an expectation, without its words."""

    _fields = ("call",)

    def __init__(self, call: ast.Call) -> None:
        super().__init__()
        self.call = call


class _Held(ast.AST):
    """A single place, and what is below it."""

    _fields = ()

    def __init__(self, slot: _Slot) -> None:
        super().__init__()
        self.slot = slot


def _holder(call: ast.Call, argument: ast.AST) -> _Held:
    for keyword in call.keywords:
        if keyword.value is argument:
            return _Held(_Slot(keyword, "value", None))
    return _Held(_Slot(call, "args", [*map(id, call.args)].index(id(argument))))


def _slots(node: ast.AST) -> Iterator[_Slot]:
    """Each place below ``node`` where a change changes a decision."""
    if isinstance(node, _Held):
        yield node.slot
        yield from _slots(node.slot.node)
        return
    if isinstance(node, _Expectation):
        call = node.call
        yield _Slot(call, "func", None)
        own = [_Slot(call, "args", index) for index in range(2, len(call.args))]
        own += [_Slot(each, "value", None) for each in call.keywords if each.arg in _VALUES]
        # A lambda among them is found on its own.
        slots = [slot for slot in own if not isinstance(slot.node, ast.Lambda)]
    else:
        slots = list(_fields(node))
    for slot in slots:
        yield slot
        yield from _slots(slot.node)


def _fields(node: ast.AST) -> Iterator[_Slot]:
    for field in node._fields:
        held = getattr(node, field, None)
        if _is_prose(node, field):
            continue
        if isinstance(held, list):
            for index, each in enumerate(held):
                if isinstance(each, ast.AST) and not _is_said(node, field, index):
                    yield _Slot(node, field, index)
        elif isinstance(held, ast.AST):
            yield _Slot(node, field, None)


def _is_prose(node: ast.AST, field: str) -> bool:
    if field in ("annotation", "returns", "decorator_list", "ctx", "op", "ops", "operators"):
        return True
    # What is asked for by its name is a place, not a value; texts with values inside are messages.
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    return (isinstance(node, ast.Subscript) and field == "slice") or isinstance(
        node, ast.JoinedStr | ast.arguments | ast.Raise
    )


def _is_said(node: ast.AST, field: str, index: int) -> bool:
    """Whether an element is a path or a docstring."""
    if isinstance(node, ast.Call) and field == "args":
        return _name(node.func) in ("at", "behind")
    element = getattr(node, field)[index]
    return (
        field == "body"
        and isinstance(element, ast.Expr)
        and isinstance(element.value, ast.Constant)
    )


def _replacements(slot: _Slot) -> Iterator[ast.AST]:
    node = slot.node
    make = _MAKERS.get(type(node))
    if make is not None:
        yield from make(node, slot)


def _compare(node: ast.Compare, _: _Slot) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def _bool_op(node: ast.BoolOp, _: _Slot) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        left = [*node.values[:index], *node.values[index + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _bin_op(node: ast.BinOp, _: _Slot) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        other = ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd()
        yield ast.BinOp(node.left, other, node.right)
        yield node.left
        yield node.right


def _unary_op(node: ast.UnaryOp, _: _Slot) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand


def _constant(node: ast.Constant, slot: _Slot) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int) and _stands_for_absence(slot):
        # The next number would read the same, but for those at a limit.
        yield ast.Constant(_FAR if value <= 1 else -_FAR)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str) and not _is_said_or_named(value):
        yield ast.Constant(_instead(value, slot))


def _is_said_or_named(text: str) -> bool:
    """Whether a text is prose, a page or the token of a type."""
    return " " in text or "://" in text or text.count(":") > 1


def _instead(value: str, slot: _Slot) -> str:
    """Another text: where ``value`` stands for absence, one that reads otherwise."""
    if _stands_for_absence(slot):
        compared: list[str] = getattr(slot.parent, "compared", [])
        if compared and value not in compared:
            return compared[0]
    return _MARK + value


def _stands_for_absence(slot: _Slot) -> bool:
    return isinstance(slot.parent, ast.keyword) and slot.parent.arg in ("absent", "left_out")


def _elements(node: Any, _: _Slot) -> Iterator[ast.AST]:
    if not isinstance(getattr(node, "ctx", None), ast.Store):
        for index in range(len(node.elts)):
            left = [*node.elts[:index], *node.elts[index + 1 :]]
            if isinstance(node, ast.Set) and not left:
                yield ast.Call(ast.Name("frozenset", ast.Load()), [], [])
            else:
                yield ast.Set(left) if isinstance(node, ast.Set) else type(node)(left, ast.Load())


def _dict(node: ast.Dict, _: _Slot) -> Iterator[ast.AST]:
    for index in range(len(node.keys)):
        yield ast.Dict(
            [*node.keys[:index], *node.keys[index + 1 :]],
            [*node.values[:index], *node.values[index + 1 :]],
        )


def _attribute(node: ast.Attribute, _: _Slot) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Name) and node.value.id == "Truth":
        for other in _TRUTHS:
            if other != node.attr:
                yield ast.Attribute(node.value, other, ast.Load())
    elif node.attr in _ATTRIBUTES:
        yield ast.Attribute(node.value, _ATTRIBUTES[node.attr], ast.Load())


def _named(node: ast.Name, _: _Slot) -> Iterator[ast.AST]:
    if node.id in SWAPPED and isinstance(node.ctx, ast.Load):
        yield ast.Name(SWAPPED[node.id], ast.Load())


def _call(node: ast.Call, _: _Slot) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _NORMALISING:
        yield node.func.value


def _if_exp(node: ast.IfExp, _: _Slot) -> Iterator[ast.AST]:
    yield node.body
    yield node.orelse


def _if(node: ast.If, _: _Slot) -> Iterator[ast.AST]:
    yield ast.If(ast.Constant(value=False), node.body, node.orelse)
    if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)


def _expression(node: ast.Expr, _: _Slot) -> Iterator[ast.AST]:
    if isinstance(node.value, ast.Yield | ast.YieldFrom):
        yield ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
    elif not isinstance(node.value, ast.Constant):
        yield ast.Pass()


def _aug_assign(node: ast.AugAssign, _: _Slot) -> Iterator[ast.AST]:
    yield ast.Pass()
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        other = ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd()
        yield ast.AugAssign(node.target, other, node.value)


def _comprehension(node: ast.comprehension, _: _Slot) -> Iterator[ast.AST]:
    for index in range(len(node.ifs)):
        left = [*node.ifs[:index], *node.ifs[index + 1 :]]
        yield ast.comprehension(node.target, node.iter, left, node.is_async)


_MAKERS: Final[dict[type[ast.AST], Callable[[Any, _Slot], Iterable[ast.AST]]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.BinOp: _bin_op,
    ast.UnaryOp: _unary_op,
    ast.Constant: _constant,
    ast.Tuple: _elements,
    ast.List: _elements,
    ast.Set: _elements,
    ast.Dict: _dict,
    ast.Attribute: _attribute,
    ast.Name: _named,
    ast.Call: _call,
    ast.IfExp: _if_exp,
    ast.If: _if,
    ast.Expr: _expression,
    ast.AugAssign: _aug_assign,
    ast.comprehension: _comprehension,
}

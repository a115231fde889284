"""Inputs that anybody may give: of the types a provider declares, and of none of them.

Of each resource type the properties are drawn that a rule reads, and a few it does not. A value is
of its declared type, one of the rule's own examples, or wild: null, unknown, secret, of another
type, or enormous. ``CANARY`` is in every text that is drawn, so that a message that tells it tells
a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from policies.examples import example
from policies.rule import EVERY_TYPE, Rule
from policies.subject import Environment, Resource
from policies.view import MARKERS, MASKED_SECRET, UNKNOWN_STRING
from rehearsal.property_types import PropertyType, Shape
from rehearsal.sdk import Sdk
from rehearsal.values import SECRET_SIGNATURE, SIGNATURE_KEY

CANARY: Final = "canary-0a1b2c3d"
SDK: Final = Sdk()

_ENVIRONMENTS: Final[Sequence[Environment]] = ("dev", "staging", "prod")
_OTHER_TYPES: Final = ("random:index/randomPet:RandomPet", "example:index/thing:Thing")
_UNREAD_FIELDS: Final = 2
_KEPT_EXAMPLES: Final = 40
_DEEPEST: Final = 8
_WILD: Final[Sequence[Any]] = (
    None,
    *sorted(MARKERS),
    MASKED_SECRET,
    {SIGNATURE_KEY: SECRET_SIGNATURE, "value": CANARY},
    CANARY,
    "",
    f"{CANARY}:{CANARY}/*@:",
    CANARY * 20_000,
    f'{{"{CANARY}": [',
    f'{{"Statement": "{CANARY}"}}',
    "null",
    "0",
    "-1",
    "\x00\ud800",
    True,
    False,
    0,
    -1,
    10**30,
    1.5,
    float("inf"),
    float("nan"),
    [],
    {},
    [None],
    [[CANARY]],
    [{}] * 500,
    [CANARY] * 2_000,
    [UNKNOWN_STRING, CANARY],
    {"": None},
    {"key": {"key": [CANARY]}},
    {f"k{number}": CANARY for number in range(500)},
)
_TEXTS: Final = st.sampled_from((CANARY, f"{CANARY}.example", f"{CANARY}/{CANARY}:1", "", "*"))
_Tree = Mapping[str, Any]


def resources_for(rule: Rule) -> st.SearchStrategy[Resource]:
    """Resources of the types that the checks of ``rule`` are about."""
    types = dict.fromkeys(check.type for check in rule.checks)
    paths = {
        type_: {path for check in rule.checks if check.type == type_ for path in check.reads}
        for type_ in types
    }
    shown = [
        (check.type, held.props if isinstance(held, Resource) else held)
        for check in rule.checks
        for examples in (check.good, check.bad, check.undecided, check.foreign)
        for held in examples.values()
    ]
    return st.one_of([_resource(each, paths[each], shown, "x") for each in types])


def stacks_for(rule: Rule) -> st.SearchStrategy[list[Resource]]:
    """Stacks of a few resources of the types that the stack checks of ``rule`` read."""
    examples = [
        resource
        for check in rule.stack_checks
        for stacks in (check.good, check.bad, check.undecided, check.foreign)
        for stack in stacks.values()
        for resource in stack
    ]
    paths: dict[str, set[str]] = {resource.type: set() for resource in examples}
    for check in rule.stack_checks:
        paths.setdefault(check.type, set())
        for type_, read in check.reads.items():
            paths.setdefault(type_, set()).update(read)
    shown = [(resource.type, resource.props) for resource in examples]
    # What a stack is about comes first; the others are drawn from all types.
    firsts = st.one_of(
        [_resource(check.type, paths[check.type], shown, "first") for check in rule.stack_checks]
    )
    others = [_resource(each, read, shown, "x") for each, read in paths.items()]
    return st.builds(
        _made_from_each_other,
        firsts,
        st.lists(st.one_of(others), max_size=4),
        st.integers(0, 2**32),
    )


def _made_from_each_other(first: Resource, others: list[Resource], seed: int) -> list[Resource]:
    # Drawing every dependency costs more than all the rest.
    random = Random(seed)  # noqa: S311 - nothing is kept secret with it
    named = [first]
    for index, each in enumerate(others):
        named.append(example(each.type, f"x{index}", each.props, environment=_of(first)))
    urns = [each.urn for each in named]
    urns += [f"urn:pulumi:prod::other::{type_}::{CANARY}" for type_ in _OTHER_TYPES]
    found: list[Resource] = []
    for each in named:
        keys = [key for key in [*each.props, "spec", "metadata"] if random.random() < 0.7]
        sources = {key: random.sample(urns, random.randint(0, 2)) for key in keys}
        found.append(
            Resource(
                each.urn,
                each.type,
                each.name,
                each.props,
                sources,
                secrets=random.choice([None, frozenset(), frozenset(each.props)]),
            )
        )
    return found


def _of(resource: Resource) -> Environment:
    return next(each for each in _ENVIRONMENTS if resource.urn.startswith(f"urn:pulumi:{each}::"))


def _resource(
    type_: str, paths: Iterable[str], shown: Iterable[tuple[str, Mapping[str, Any]]], name: str
) -> st.SearchStrategy[Resource]:
    props = _properties(
        type_, tuple(sorted(paths)), [held for kind, held in shown if kind == type_]
    )
    token = st.sampled_from(_OTHER_TYPES) if type_ == EVERY_TYPE else st.just(type_)
    return st.builds(
        lambda kind, held, environment, secrets: example(
            kind, name, held, environment=environment, secrets=secrets
        ),
        token,
        props,
        st.sampled_from(_ENVIRONMENTS),
        st.sampled_from([None, frozenset[str](), frozenset({"password"})]),
    )


def _properties(
    type_: str, paths: Sequence[str], shown: Sequence[Mapping[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    tree: dict[str, Any] = {"id": {}}
    for path in paths:
        held = tree
        for key in path.split("."):
            held = held.setdefault(key, {})
    known = SDK.resource_type(type_)
    fields = known.inputs if known else {}
    return _object(fields, tree, shown, 0)


def _object(
    fields: Mapping[str, PropertyType], tree: _Tree, shown: Sequence[Any], depth: int
) -> st.SearchStrategy[dict[str, Any]]:
    others = islice((name for name in sorted(fields) if name not in tree), _UNREAD_FIELDS)
    held = {
        name: _value(fields.get(name), tree.get(name, {}), _below(shown, name), depth + 1)
        for name in (*tree, *others)
    }
    return st.fixed_dictionaries({}, optional=held)


def _value(
    declared: PropertyType | None, tree: _Tree, shown: Sequence[Any], depth: int
) -> st.SearchStrategy[Any]:
    """A value as declared, as in an example, or wild."""
    examples = _distinct(shown)
    kinds = [_declared(declared, tree, shown, depth), st.sampled_from(_WILD)]
    if examples:
        # Most wild values end the judgement early; what resembles an example leads further.
        kinds += [st.sampled_from(examples)] * 2
    if any(_is_document(each) for each in examples):
        kinds.append(_documents())
    return st.one_of(kinds)


def _declared(
    declared: PropertyType | None, tree: _Tree, shown: Sequence[Any], depth: int
) -> st.SearchStrategy[Any]:
    shape = declared.shape if declared else Shape.OBJECT if tree else Shape.ANY
    if depth > _DEEPEST:
        return st.none()
    if shape is Shape.LIST and declared:
        elements = [each for held in shown if isinstance(held, list) for each in held]
        return st.lists(_value(declared.element, tree, elements, depth + 1), max_size=3)
    if shape is Shape.MAP and declared:
        names = dict.fromkeys(key for held in shown if isinstance(held, Mapping) for key in held)
        keys = st.sampled_from([*names, "key", "Some Key", ""])
        held = [each for one in shown if isinstance(one, Mapping) for each in one.values()]
        return st.dictionaries(keys, _value(declared.element, {}, held, depth + 1), max_size=3)
    if shape is Shape.OBJECT:
        fields = declared.object.fields if declared and declared.object else {}
        return _object(fields, tree, shown, depth)
    if shape is Shape.UNION and declared:
        return st.one_of([_declared(each, tree, shown, depth) for each in declared.members])
    if shape is Shape.ENUM and declared:
        return st.sampled_from(declared.choices)
    return _SCALARS.get(shape, _TEXTS)


_SCALARS: Final[Mapping[Shape, st.SearchStrategy[Any]]] = {
    Shape.BOOLEAN: st.booleans(),
    Shape.INTEGER: st.integers(-1, 70_000),
    Shape.NUMBER: st.sampled_from((0, 0.0, 0.5, 1.0, 22.0, -1.0)),
}


def _below(shown: Sequence[Any], name: str) -> list[Any]:
    return [each[name] for each in shown if isinstance(each, Mapping) and name in each]


def _distinct(shown: Sequence[Any]) -> list[Any]:
    found = {json.dumps(each, sort_keys=True, default=str): each for each in shown}
    return [*islice(found.values(), _KEPT_EXAMPLES)]


def _is_document(value: Any) -> bool:
    return (isinstance(value, str) and '"Statement"' in value) or (
        isinstance(value, Mapping) and "Statement" in value
    )


@cache
def _documents() -> st.SearchStrategy[Any]:
    """Policy documents, as texts and as objects."""
    keys = ("Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
    usual = st.sampled_from(
        (
            "Allow",
            "Deny",
            "*",
            ["*"],
            {"AWS": "*"},
            {"Federated": CANARY},
            "sts:*",
            [CANARY, "s3:*"],
        )
    )
    condition = st.sampled_from(
        (
            {"StringEquals": {"aws:SourceAccount": CANARY}},
            {"StringLike": {f"{CANARY}:sub": ["*", 7, None]}},
            {"Bool": {"aws:SecureTransport": [False, "false"]}},
            {"Bool": [CANARY], "": {}},
        )
    )
    wild = st.sampled_from(_WILD)
    statement = st.one_of(
        wild,
        st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(keys, usual | wild),
                "Condition": condition | wild,
            },
        ),
    )
    document = st.builds(
        lambda statements: {"Version": "2012-10-17", "Statement": statements},
        st.one_of(statement, st.lists(statement, max_size=2)),
    )
    return st.one_of(document, document.map(json.dumps))

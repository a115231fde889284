"""Which resources the selections of AWS Backup take in.

A selection takes in a resource by its ARN or by a tag, under all of its conditions, but for what it
leaves out by ARN. With neither ARNs nor tags it takes in whatever AWS Backup supports.

Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html and the ARN
formats of each service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from policies.companions import declared
from policies.subject import Resource, Stack, type_of
from policies.tags import tag
from policies.view import UNKNOWN, Truth, View, every, some, truth

SELECTION: Final = "aws:backup/selection:Selection"
PLAN: Final = "aws:backup/plan:Plan"


class _Kind(NamedTuple):
    """How resources of a type are called in ARNs: ``service``, and ``prefix`` with their name."""

    service: str
    prefix: str
    name: str


KINDS: Final[Mapping[str, _Kind]] = {
    "aws:rds/instance:Instance": _Kind("rds", "db:", "identifier"),
    "aws:rds/cluster:Cluster": _Kind("rds", "cluster:", "clusterIdentifier"),
    "aws:efs/fileSystem:FileSystem": _Kind("elasticfilesystem", "file-system/", "id"),
    "aws:ebs/volume:Volume": _Kind("ec2", "volume/", "id"),
    "aws:dynamodb/table:Table": _Kind("dynamodb", "table/", "name"),
}
"""The types of resources that keep data and that AWS Backup backs up, by token."""

_TAG_PREFIX: Final = "aws:ResourceTag/"
_WILD: Final = "*"
# Stands where nothing is known, so that only a wildcard covers it.
_NOTHING: Final = "\0"
_ARN_PARTS: Final = 6


class Selections:
    """The selections of a stack, by what they may take in."""

    def __init__(self, stack: Stack) -> None:
        """An index of the selections in ``stack``."""
        plans = stack.of(PLAN)
        self._plans = {
            raw: plan for plan in plans if isinstance(raw := View(plan.props).at("id").raw, str)
        }
        self._broad: list[tuple[Resource, list[Resource] | None]] = []
        self._narrow: dict[str, list[tuple[Resource, list[Resource] | None]]] = {}
        for selection in stack.of(SELECTION):
            entry = (selection, self._plans_of(selection, stack))
            places = _places(selection)
            if places is None:
                self._broad.append(entry)
                continue
            for place in places:
                self._narrow.setdefault(place, []).append(entry)

    def taking(self, resource: Resource) -> Iterator[tuple[list[Resource] | None, Truth]]:
        """The plans of each selection that may take in ``resource``, and whether it does.

        The plans are ``None`` where the stack does not show them.
        """
        kind = KINDS[resource.type]
        view = View(resource.props)
        texts = (view.at("arn").raw, view.at(kind.name).raw)
        names = {_end(text) for text in texts if isinstance(text, str)}
        places = {resource.urn, *names} if names else {resource.urn, *self._narrow}
        found = [*self._broad, *(each for place in places for each in self._narrow.get(place, ()))]
        for selection, plans in {each[0].urn: each for each in found}.values():
            yield plans, takes_in(selection, resource)

    def _plans_of(self, selection: Resource, stack: Stack) -> list[Resource] | None:
        named = View(selection.props).at("planId").raw
        if isinstance(named, str) and named in self._plans:
            return [self._plans[named]]
        behind = [each for each in stack.behind(selection, "planId") if each.type == PLAN]
        return behind or None


_INDEXES: Final[WeakKeyDictionary[Stack, Selections]] = WeakKeyDictionary()


def selections_of(stack: Stack) -> Selections:
    """The selections of ``stack``, indexed once."""
    if stack not in _INDEXES:
        _INDEXES[stack] = Selections(stack)
    return _INDEXES[stack]


def takes_in(selection: Resource, resource: Resource) -> Truth:
    """Whether ``selection`` takes in ``resource``, which is of one of ``KINDS``."""
    view, target = View(selection.props), View(resource.props)
    listed, tagged = view.at("resources"), view.at("selectionTags")
    conditions = declared(selection, "conditions")
    everything = listed.is_empty() & tagged.is_empty()
    by_tag = some(_has(target, each) for each in tagged.elements())
    taken = everything | _lists(selection, "resources", listed, resource) | by_tag
    met = every(_meets(target, each) for each in conditions.elements())
    left_out = declared(selection, "notResources")
    return taken & met & ~_lists(selection, "notResources", left_out, resource)


def _lists(selection: Resource, key: str, given: View, resource: Resource) -> Truth:
    """Whether the ARNs and patterns under ``key``, which ``given`` shows, cover ``resource``."""
    made_from = selection.property_dependencies.get(key, ())
    behind = truth(resource.urn in made_from)
    if behind is Truth.NO and not _are_kept(made_from):
        behind = Truth.UNKNOWN
    return some(
        behind if each.raw is UNKNOWN else _covers(each, resource) for each in given.elements()
    )


def _are_kept(urns: Sequence[str]) -> bool:
    """Whether all that something was made from are resources that AWS Backup backs up."""
    return bool(urns) and all(type_of(urn) in KINDS for urn in urns)


def _covers(pattern: View, resource: Resource) -> Truth:
    view = View(resource.props)
    arn = view.at("arn").raw
    if isinstance(arn, str):
        return pattern.matches(lambda text: _is_like(arn, text))
    if not isinstance(pattern.raw, str):
        return Truth.UNKNOWN
    kind = KINDS[resource.type]
    region, name = view.at("region").raw, view.at(kind.name).raw
    return _may_cover(
        pattern.raw,
        kind,
        region if isinstance(region, str) else None,
        name if isinstance(name, str) else None,
    )


def _may_cover(pattern: str, kind: _Kind, region: str | None, name: str | None) -> Truth:
    """Whether ``pattern`` covers a resource whose ARN is not known yet.

    Partition and account are taken to be those of the pattern: a stack backs up its own account.
    """
    parts = [*pattern.split(":", _ARN_PARTS - 1), *[""] * _ARN_PARTS]

    def beginning(region: str) -> str:
        return f"arn:{parts[1]}:{kind.service}:{region}:{parts[4]}:{kind.prefix}"

    if _is_like(beginning(region or _NOTHING) + (name or _NOTHING), pattern):
        return Truth.YES
    if name and region:
        return Truth.NO
    start = beginning(region or parts[3])
    head = pattern.partition(_WILD)[0]
    possible = _is_like(start + name, pattern) if name else _share_a_start(start, head)
    return Truth.UNKNOWN if possible else Truth.NO


def _share_a_start(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _is_like(text: str, pattern: str) -> bool:
    """Whether ``text`` is ``pattern``, in which a star stands for any characters."""
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(text, literal)


def _has(resource: View, wanted: View) -> Truth:
    return _compare(resource, wanted, str.__eq__) & wanted.at("type").is_one_of("STRINGEQUALS")


def _meets(resource: View, condition: View) -> Truth:
    """Whether the tags of a resource meet all comparisons of a condition."""
    comparisons = (
        *((each, str.__eq__, False) for each in condition.at("stringEquals").elements()),
        *((each, _is_like, False) for each in condition.at("stringLikes").elements()),
        *((each, str.__eq__, True) for each in condition.at("stringNotEquals").elements()),
        *((each, _is_like, True) for each in condition.at("stringNotLikes").elements()),
    )
    return every(
        ~_compare(resource, each, is_met) if negated else _compare(resource, each, is_met)
        for each, is_met, negated in comparisons
    )


def _compare(resource: View, wanted: View, is_met: Callable[[str, str], bool]) -> Truth:
    """Whether a resource has the tag under ``key`` with a value like ``value``."""
    key, value = wanted.at("key").raw, wanted.at("value").raw
    if not isinstance(key, str) or not isinstance(value, str):
        return Truth.UNKNOWN
    found = tag(resource, key.removeprefix(_TAG_PREFIX))
    return found.matches(lambda text: is_met(text, value))


def _places(selection: Resource) -> list[str] | None:
    """The URNs, and ends of ARNs, of all that a selection may take in; ``None`` if open."""
    view = View(selection.props)
    resources = view.at("resources")
    if resources.is_empty() is not Truth.NO or view.at("selectionTags").is_present:
        return None
    made_from = selection.property_dependencies.get("resources", ())
    places: list[str] = []
    for each in resources.elements():
        if each.raw is UNKNOWN and _are_kept(made_from):
            places += made_from
        elif isinstance(each.raw, str) and _WILD not in each.raw:
            places.append(_end(each.raw))
        else:
            return None
    return places


def _end(arn: str) -> str:
    return re.split("[:/]", arn)[-1]

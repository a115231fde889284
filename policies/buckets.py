"""AWS buckets and what stands beside them: policies, blocks, versions, encryption."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from policies.examples import example
from policies.subject import Resource, Stack, Subject, names, type_of
from policies.view import UNKNOWN, UNKNOWN_STRING, Truth, View

BUCKET: Final = "aws:s3/bucket:Bucket"
ABSENT_COMPANION: Final = (
    "No companion for the bucket violates. The name of the bucket or, while it is unknown, the "
    "dependencies of the property bucket tell which bucket is meant."
)


def companions_of(bucket: Subject, stack: Stack, type_: str) -> Iterator[tuple[View, Truth]]:
    """Each companion of ``type_`` that is, or may be, one of ``bucket``."""
    indexes = _INDEXES.setdefault(stack, {})
    if type_ not in indexes:
        indexes[type_] = _Companions(stack.of(type_))
    for companion in indexes[type_].possible(bucket):
        yield View(companion.props), _is_of(bucket, companion)


class _Companions:
    """Companions by what names their bucket, so that not every pair of a stack is looked at."""

    def __init__(self, companions: Sequence[Resource]) -> None:
        self._all = companions
        self._by_name: dict[str, list[Resource]] = {}
        self._by_urn: dict[str, list[Resource]] = {}
        self._open: list[Resource] = []
        for each in companions:
            named = View(each.props).at("bucket")
            made_from = each.property_dependencies.get("bucket", ())
            if named.is_known:
                self._by_name.setdefault(repr(named.raw), []).append(each)
            elif not any(type_of(urn) == BUCKET for urn in made_from):
                self._open.append(each)
            for urn in made_from:
                self._by_urn.setdefault(urn, []).append(each)

    def possible(self, bucket: Subject) -> Iterable[Resource]:
        name, identity = bucket.at("bucket"), bucket.at("id")
        # A known name may be that of a bucket whose own name or id is not settled yet.
        if not identity.is_present or (self._by_name and name.raw is UNKNOWN):
            return self._all
        found = [*self._by_urn.get(bucket.resource.urn, ()), *self._open]
        for view in (name, identity):
            found += self._by_name.get(repr(view.raw), ())
        return {each.urn: each for each in found}.values()


_INDEXES: Final[WeakKeyDictionary[Stack, dict[str, _Companions]]] = WeakKeyDictionary()


def _is_of(bucket: Subject, companion: Resource) -> Truth:
    """Whether a companion names ``bucket``, whose name is its id and may be known before it is."""
    name, named = bucket.at("bucket"), View(companion.props).at("bucket")
    if named.is_known and named.raw == name.raw:
        return Truth.YES
    found = names(companion, "bucket", bucket.resource)
    made_from = companion.property_dependencies.get("bucket", ())
    if named.is_known and name.raw is UNKNOWN and not made_from:
        return Truth.UNKNOWN
    return found


def bucket_example(name: str = "reports", **props: Any) -> Resource:
    """A bucket that is yet to be created."""
    return example(BUCKET, name, {"id": UNKNOWN_STRING, **props})


def companion_example(
    type_: str, props: Mapping[str, Any], bucket: Resource | None, *, name: str = "reports"
) -> Resource:
    """A companion, made from ``bucket`` if there is one."""
    made_from = {"bucket": [bucket]} if bucket else None
    return example(type_, name, {"bucket": UNKNOWN_STRING, **props}, made_from=made_from)

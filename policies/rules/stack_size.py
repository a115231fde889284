"""How large machines and databases may be in each environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.expected import not_below
from policies.rule import Check, Demand, Props, Rule, Setting, Severity
from policies.subject import Environment, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, truth

_NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
_NODE_POOL: Final = "gcp:container/nodePool:NodePool"
_RDS: Final = "aws:rds/instance:Instance"
_CLOUD_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"

_CAPACITY_TYPES: Final = "capacity_types"
_IN_WORDS: Final[Mapping[Environment, str]] = {
    "dev": "dev",
    "staging": "staging",
    "prod": "production",
}


@dataclass(frozen=True, slots=True)
class _Limits:
    """What an environment allows by default; patterns in which * is any text."""

    instance_types: tuple[str, ...]
    machine_types: tuple[str, ...]
    database_classes: tuple[str, ...]
    database_tiers: tuple[str, ...]
    nodes: int
    storage_gib: int


_SMALL: Final = ("*.micro", "*.small", "*.medium", "*.large")
_SMALL_MACHINES: Final = ("e2-micro", "e2-small", "e2-medium", "*-standard-1", "*-standard-2")
_SMALL_TIERS: Final = ("db-f1-micro", "db-g1-small", "db-custom-1-*", "db-custom-2-*")
_LIMITS: Final[Mapping[Environment, _Limits]] = {
    "dev": _Limits(
        instance_types=_SMALL,
        machine_types=_SMALL_MACHINES,
        database_classes=("db.serverless", *_SMALL),
        database_tiers=_SMALL_TIERS,
        nodes=3,
        storage_gib=100,
    ),
    "staging": _Limits(
        instance_types=(*_SMALL, "*.xlarge"),
        machine_types=(*_SMALL_MACHINES, "*-standard-4"),
        database_classes=("db.serverless", *_SMALL, "*.xlarge"),
        database_tiers=(*_SMALL_TIERS, "db-custom-4-*", "db-perf-optimized-N-2"),
        nodes=10,
        storage_gib=500,
    ),
    "prod": _Limits(
        instance_types=(*_SMALL, "*.xlarge", "*.2xlarge", "*.4xlarge"),
        machine_types=(*_SMALL_MACHINES, "*-standard-4", "*-standard-8", "*-standard-16"),
        database_classes=("db.serverless", *_SMALL, "*.xlarge", "*.2xlarge", "*.4xlarge"),
        database_tiers=(
            *_SMALL_TIERS,
            "db-custom-4-*",
            "db-custom-8-*",
            "db-custom-16-*",
            "db-perf-optimized-N-2",
            "db-perf-optimized-N-4",
            "db-perf-optimized-N-8",
            "db-perf-optimized-N-16",
        ),
        nodes=50,
        storage_gib=4096,
    ),
}


def _name(environment: Environment, limit: str) -> str:
    return f"{environment}_{limit}"


def _allowed(size: View, patterns: tuple[str, ...]) -> Truth:
    return size.matches(lambda text: any(fnmatchcase(text, each) for each in patterns))


def _at_most(number: View, limit: int) -> Truth:
    """Whether a number is at most ``limit``; one that is left out is."""
    return ~not_below(number, limit + 1)


def _node_group(environment: Environment) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        configured = subject.configured
        given = subject.at("instanceTypes")
        in_template = subject.at("launchTemplate")
        if not given.is_present and in_template.is_present:
            yield Demand(Truth.UNKNOWN, in_template, "may hold the size of the nodes")
        else:
            types = subject.at("instanceTypes", absent=["t3.medium"])
            allowed = configured[_name(environment, "instance_types")]
            for size in types.elements():
                yield Demand(_allowed(size, allowed), size, _TOO_LARGE)
        largest = subject.at("scalingConfig", "maxSize")
        limit = configured[_name(environment, "nodes")]
        yield Demand(_at_most(largest, limit), largest, _TOO_MANY)
        kind = subject.at("capacityType", absent="ON_DEMAND")
        yield Demand(kind.is_one_of(*configured[_CAPACITY_TYPES]), kind, "is not allowed")

    return judge


def _node_pool(environment: Environment) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        # Without a size the smallest current machine is taken, e2-medium.
        size = subject.at("nodeConfig", "machineType", absent="e2-medium")
        allowed = subject.configured[_name(environment, "machine_types")]
        yield Demand(_allowed(size, allowed), size, _TOO_LARGE)
        for key in ("maxNodeCount", "totalMaxNodeCount"):
            largest = subject.at("autoscaling", key)
            limit = subject.configured[_name(environment, "nodes")]
            yield Demand(_at_most(largest, limit), largest, _TOO_MANY)

    return judge


def _rds(environment: Environment) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        size, storage = subject.at("instanceClass"), subject.at("allocatedStorage")
        allowed = subject.configured[_name(environment, "database_classes")]
        yield Demand(_allowed(size, allowed) | truth(not size.is_present), size, _TOO_LARGE)
        limit = subject.configured[_name(environment, "storage_gib")]
        yield Demand(_at_most(storage, limit), storage, "is more GiB than allowed")

    return judge


def _cloud_sql(environment: Environment) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        size = subject.at("settings", "tier")
        allowed = subject.configured[_name(environment, "database_tiers")]
        yield Demand(_allowed(size, allowed) | truth(not size.is_present), size, _TOO_LARGE)

    return judge


_TOO_LARGE: Final = "is no size that this environment allows"
_TOO_MANY: Final = "is more nodes than this environment allows"


def _examples_of(
    patterns: tuple[str, ...], family: str, build: Callable[[str], Props]
) -> dict[str, Props]:
    """A size for each pattern."""
    sizes = [each.replace("-*", "-8192").replace("*", family) for each in patterns]
    return {size: build(size) for size in sizes}


def _nodes(size: Any = "m7i.large", most: Any = 1, **others: Any) -> Props:
    types = [] if size is None else [size]
    return {
        "instanceTypes": types or None,
        "scalingConfig": {"maxSize": most},
        "capacityType": "SPOT",
        **others,
    }


def _pool(size: Any = "e2-medium", **scaling: Any) -> Props:
    return {"nodeConfig": {"machineType": size}, "autoscaling": scaling}


def _instance(size: Any = "db.t4g.medium", storage: Any = 20) -> Props:
    return {"instanceClass": size, "allocatedStorage": storage}


def _tier(size: Any) -> Props:
    return {"settings": {"tier": size}}


def _checks(environment: Environment, limits: _Limits) -> tuple[Check, ...]:
    only: frozenset[Environment] = frozenset({environment})
    where = _IN_WORDS[environment]
    most = limits.nodes
    return (
        Check(
            type=_NODE_GROUP,
            demand=f"Size, number and purchase of the nodes are allowed in {where}.",
            reads=("instanceTypes", "scalingConfig.maxSize", "capacityType", "launchTemplate"),
            absent=(
                "instanceTypes left out is t3.medium, unless a launch template may say it. "
                "capacityType left out is ON_DEMAND. No maxSize passes."
            ),
            judge=_node_group(environment),
            environments=only,
            good={
                **_examples_of(limits.instance_types, "m7i", _nodes),
                "left out": {"scalingConfig": {}},
                "as many as allowed": _nodes(most=most),
                "size given beside a template": _nodes(launchTemplate={"id": UNKNOWN_STRING}),
                "on demand": _nodes(capacityType="ON_DEMAND"),
            },
            bad={
                "too large": _nodes("m7i.8xlarge"),
                "one too large": {"instanceTypes": ["m7i.large", "m7i.metal"]},
                "too many": _nodes(most=most + 1),
                "reserved": _nodes(capacityType="CAPACITY_BLOCK"),
            },
            undecided={
                "size not known": _nodes(UNKNOWN_STRING),
                "number not known": _nodes(most=UNKNOWN_NUMBER),
                "purchase not known": _nodes(capacityType=UNKNOWN_STRING),
                "a template": _nodes(None, launchTemplate={"id": "lt-1"}),
                "a template not known": _nodes(None, launchTemplate=UNKNOWN_STRING),
            },
        ),
        Check(
            type=_NODE_POOL,
            demand=f"Size and number of the nodes are allowed in {where}.",
            reads=(
                "nodeConfig.machineType",
                "autoscaling.maxNodeCount",
                "autoscaling.totalMaxNodeCount",
            ),
            absent="machineType left out is e2-medium. No autoscaling passes.",
            judge=_node_pool(environment),
            environments=only,
            good={
                **_examples_of(limits.machine_types, "n2", _pool),
                "left out": {"nodeConfig": {}},
                "as many as allowed": _pool(maxNodeCount=most, totalMaxNodeCount=most),
            },
            bad={
                "too large": _pool("n2-standard-32"),
                "too many in a zone": _pool(maxNodeCount=most + 1),
                "too many": _pool(totalMaxNodeCount=most + 1),
            },
            undecided={
                "size not known": _pool(UNKNOWN_STRING),
                "number in a zone not known": _pool(maxNodeCount=UNKNOWN_NUMBER),
                "number not known": _pool(totalMaxNodeCount=UNKNOWN_NUMBER),
            },
        ),
        Check(
            type=_RDS,
            demand=f"Size and storage of the database are allowed in {where}.",
            reads=("instanceClass", "allocatedStorage"),
            absent="Left out both are those of the snapshot or source, and pass.",
            judge=_rds(environment),
            environments=only,
            good={
                **_examples_of(limits.database_classes, "db.m7g", _instance),
                "left out": {},
                "as much as allowed": _instance(storage=limits.storage_gib),
            },
            bad={
                "too large": _instance("db.m7g.8xlarge"),
                "too much": _instance(storage=limits.storage_gib + 1),
            },
            undecided={
                "size not known": _instance(UNKNOWN_STRING),
                "storage not known": _instance(storage=UNKNOWN_NUMBER),
            },
        ),
        Check(
            type=_CLOUD_SQL,
            demand=f"The size of the database is allowed in {where}.",
            reads=("settings.tier",),
            absent="A clone is as large as its source, and passes.",
            judge=_cloud_sql(environment),
            environments=only,
            good={
                **_examples_of(limits.database_tiers, "", _tier),
                "left out": {"clone": {"sourceInstanceName": "orders"}, "settings": {}},
            },
            bad={"too large": _tier("db-custom-96-8192")},
            undecided={"not known": _tier(UNKNOWN_STRING)},
        ),
    )


def _settings(environment: Environment, limits: _Limits) -> tuple[Setting, ...]:
    where = _IN_WORDS[environment]
    defaults = {
        "instance_types": (limits.instance_types, "Instance types of nodes on AWS"),
        "machine_types": (limits.machine_types, "Machine types of nodes on Google Cloud"),
        "database_classes": (limits.database_classes, "Instance classes of databases on AWS"),
        "database_tiers": (limits.database_tiers, "Tiers of databases on Google Cloud"),
    }
    return (
        *(
            Setting(
                name=_name(environment, limit),
                description=f"{what} that {where} may have; * stands for any text.",
                default=allowed,
            )
            for limit, (allowed, what) in defaults.items()
        ),
        Setting(
            name=_name(environment, "nodes"),
            description=f"How many nodes a group or pool may grow to in {where}.",
            default=limits.nodes,
        ),
        Setting(
            name=_name(environment, "storage_gib"),
            description=f"How many GiB a database may start with in {where}.",
            default=limits.storage_gib,
        ),
    )


SIZE_ALLOWED: Final = Rule(
    id="stack-size-allowed",
    title="Machines and databases are no larger than their environment allows",
    reason=(
        "A size is one word in a program and the largest part of the bill: a typo, or a test that "
        "was made like production, costs as much as production until somebody looks."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Take an allowed size, or allow this one in the configuration of the pack.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html",
    settings=(
        *(each for name, limits in _LIMITS.items() for each in _settings(name, limits)),
        Setting(
            name=_CAPACITY_TYPES,
            description="How nodes on AWS may be bought.",
            default=("ON_DEMAND", "SPOT"),
        ),
    ),
    checks=tuple(each for name, limits in _LIMITS.items() for each in _checks(name, limits)),
)

"""Events as an engine emits them, for everything that shows them."""

from __future__ import annotations

from rehearsal.events import (
    Diagnostic,
    Event,
    Judged,
    Kind,
    Level,
    Op,
    Started,
    Step,
    StepDone,
    StepFailed,
    StepStarted,
    Summary,
    Violation,
)
from rehearsal.values import UNKNOWN, Secret

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
NETWORK = "urn:pulumi:dev::shop::plinth:network:DockerNetwork::core"
BRIDGE = (
    "urn:pulumi:dev::shop::plinth:network:DockerNetwork$docker:index/network:Network::core-bridge"
)
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:docker::docker"
VOLUME = "urn:pulumi:dev::shop::plinth:network:DockerNetwork$docker:index/volume:Volume::core-data"


def step(op: Op, urn: str, parent: str = "", changed: tuple[str, ...] = ()) -> Step:
    types, name = urn.split("::", 3)[2:]
    return Step(op, urn, types.rpartition("$")[2], name, parent, changed)


def done(op: Op, urn: str, parent: str = "", changed: tuple[str, ...] = ()) -> list[Event]:
    made = step(op, urn, parent, changed)
    return [StepStarted(made), StepDone(made, 0.25)]


def first_up(kind: Kind = Kind.UP) -> list[Event]:
    return [
        Started(kind, "shop", "dev"),
        *done(Op.CREATE, STACK),
        *done(Op.CREATE, PROVIDER, STACK),
        *done(Op.CREATE, NETWORK, STACK),
        *done(Op.CREATE, BRIDGE, NETWORK),
        *done(Op.CREATE, VOLUME, NETWORK),
        Violation(
            rule="docker-network-labelled",
            pack="docker",
            level="advisory",
            urn=BRIDGE,
            message="labels are missing. Add them.",
            severity="low",
        ),
        Summary(
            kind,
            ok=True,
            counts={Op.CREATE: 5},
            outputs={
                "password": Secret("hunter2"),
                "registry": "localhost:5000",
                "network_id": UNKNOWN if kind is Kind.PREVIEW else "n-1",
                "databases": {"orders": {"host": "orders", "password": Secret("hunter3")}},
            },
            seconds=1.25,
            judged=Judged(passed=7, failed=1, undecided=2),
        ),
    ]


def second_up() -> list[Event]:
    return [
        Started(Kind.UP, "shop", "dev", expected=4),
        *done(Op.SAME, STACK),
        *done(Op.SAME, NETWORK, STACK),
        *done(Op.UPDATE, BRIDGE, NETWORK, ("labels.owner",)),
        *done(Op.CREATE_REPLACEMENT, VOLUME, NETWORK),
        *done(Op.REPLACE, VOLUME, NETWORK),
        *done(Op.DELETE_REPLACED, VOLUME, NETWORK),
        Summary(
            Kind.UP,
            ok=True,
            counts={Op.SAME: 2, Op.UPDATE: 1, Op.REPLACE: 1},
            outputs={},
            seconds=61.0,
        ),
    ]


def failed_up() -> list[Event]:
    bridge = step(Op.CREATE, BRIDGE, NETWORK)
    return [
        Started(Kind.UP, "shop", "dev"),
        *done(Op.CREATE, STACK),
        *done(Op.CREATE, NETWORK, STACK),
        StepStarted(bridge),
        StepFailed(bridge, "the subnet 10.0.0.0/8 overlaps. Choose another."),
        Diagnostic(Level.WARNING, "the driver is old", NETWORK),
        Summary(
            Kind.UP,
            ok=False,
            counts={Op.CREATE: 2},
            outputs={},
            seconds=0.5,
            message="the subnet 10.0.0.0/8 overlaps. Choose another.",
        ),
    ]


def destroy() -> list[Event]:
    return [
        Started(Kind.DESTROY, "shop", "dev", expected=3),
        *done(Op.DELETE, BRIDGE, NETWORK),
        *done(Op.DELETE, NETWORK, STACK),
        *done(Op.DELETE, STACK),
        Summary(Kind.DESTROY, ok=True, counts={Op.DELETE: 3}, outputs={}, seconds=0.1),
    ]

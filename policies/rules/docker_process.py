"""As whom a Docker container runs its process, with which powers, and what it may write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from policies.containers import CONTAINER, SERVICE, in_service
from policies.controls import cis_docker
from policies.expected import Expected, expects, on
from policies.rule import Check, Demand, Props, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_OBJECT, UNKNOWN_STRING, Truth, some

_RUN: Final = "https://docs.docker.com/reference/cli/docker/container/run/"
_SERVICE_PATH: Final = "taskSpec.containerSpec"


def _bare(capability: str) -> str:
    """A capability as Docker knows it, which takes both cases and the prefix."""
    return capability.upper().removeprefix("CAP_")


def _judge_powers(
    drops: tuple[str, ...], adds: tuple[str, ...]
) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        dropped = subject.at(*drops)
        # All of them have no prefix: Docker refuses CAP_ALL.
        everything = some(each.matches(_is_all) for each in dropped.elements())
        yield Demand(everything, dropped, "keeps capabilities nobody asked for")
        allowed = frozenset(map(_bare, subject.configured["allowed"]))
        for added in subject.at(*adds).elements():
            yield Demand(
                added.matches(lambda text: _bare(text) in allowed),
                added,
                "adds a capability that is not allowed",
            )

    return judge


def _is_all(capability: str) -> bool:
    return capability.upper() == "ALL"


def _in_container(drops: Any, adds: Any) -> Props:
    return {"capabilities": {"drops": drops, "adds": adds}}


def _in_service(drops: Any, adds: Any) -> Props:
    return in_service(capDrops=drops, capAdds=adds)


def _powers(
    type_: str, drops: tuple[str, ...], adds: tuple[str, ...], props: Callable[[Any, Any], Props]
) -> Check:
    return Check(
        type=type_,
        demand="All capabilities are dropped, and only allowed ones are added.",
        reads=(".".join(drops), ".".join(adds)),
        absent="Nothing dropped violates. Nothing added satisfies.",
        judge=_judge_powers(drops, adds),
        good={
            "none": props(["ALL"], None),
            "none, in small letters": props(["NET_RAW", "all"], []),
            "an allowed one": props(["ALL"], ["NET_BIND_SERVICE"]),
            "an allowed one by its other name": props(["ALL"], ["cap_net_bind_service"]),
        },
        bad={
            "left out": {},
            "nothing said": props(None, None),
            "nothing dropped": props([], []),
            "one dropped": props(["NET_RAW"], None),
            "a name Docker refuses": props(["CAP_ALL"], None),
            "another one added": props(["ALL"], ["NET_BIND_SERVICE", "SYS_ADMIN"]),
            "all of them added again": props(["ALL"], ["ALL"]),
            "one not known, one not allowed": props(["ALL"], [UNKNOWN_STRING, "CAP_NET_RAW"]),
        },
        undecided={
            "dropped not known": props(UNKNOWN_ARRAY, None),
            "one dropped not known": props(["NET_RAW", UNKNOWN_STRING], None),
            "added not known": props(["ALL"], UNKNOWN_ARRAY),
            "nothing known": {drops[0]: UNKNOWN_OBJECT},
        },
    )


CAPABILITIES: Final = Rule(
    id="docker-capabilities",
    title="Containers give all capabilities up and ask for few",
    reason=(
        "Each capability is a part of root's power: those Docker leaves on are enough to forge "
        "packets and to read files of others."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.4"),
    fix='Drop "ALL" and add back only what the process cannot do without.',
    source=f"{_RUN}#cap-add",
    settings=(
        Setting(
            name="allowed",
            description="Capabilities that containers may add, with or without CAP_.",
            default=("NET_BIND_SERVICE",),
        ),
    ),
    checks=(
        _powers(CONTAINER, ("capabilities", "drops"), ("capabilities", "adds"), _in_container),
        _powers(
            SERVICE,
            ("taskSpec", "containerSpec", "capDrops"),
            ("taskSpec", "containerSpec", "capAdds"),
            _in_service,
        ),
    ),
)


def _is_somebody(user: str) -> bool:
    """Whether ``user`` or ``user:group`` is not root, who is 0 in every spelling of a number."""
    name = user.partition(":")[0]
    return name != "root" and bool(name.lstrip("+-0"))


def _user(path: str) -> Expected:
    return Expected(
        path=path,
        problem="gives the process every right in the container, or leaves that to the image",
        holds=lambda view: view.matches(_is_somebody),
        good=("65532:65532", "web", "100", "web:0"),
        bad=("root", "root:web", "0", "0:100", "00", "+0", "", ":100"),
    )


NON_ROOT: Final = Rule(
    id="docker-non-root",
    title="Processes do not run as root",
    reason=(
        "Root in a container is root of the host as soon as one wall of the container falls: a "
        "mount, a bug of the runtime, a socket."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("4.1"),
    fix='Set user to the user and group of the image by number, such as "65532:65532".',
    source=f"{_RUN}#options",
    checks=(
        expects(CONTAINER, "The user is set, and is not root.", _user("user")),
        expects(SERVICE, "The user is set, and is not root.", _user(f"{_SERVICE_PATH}.user")),
    ),
)


def _starts(container: Subject) -> Truth:
    """Whether the container ever runs; one that only carries files is never started."""
    return container.at("start", absent=True).is_true()


def _sealed(path: str) -> Expected:
    return on(path, "lets the process change the image it runs")


READONLY_ROOTFS: Final = Rule(
    id="docker-readonly-rootfs",
    title="Containers cannot change the image they run",
    reason=(
        "What cannot be written cannot be left behind by an intruder, nor lost with the container "
        "by the program."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.13"),
    fix="Set read_only=True, and give tmpfs for what the process writes and need not keep.",
    source=f"{_RUN}#read-only",
    checks=(
        expects(
            CONTAINER,
            "The root file system of a container that is started is read-only.",
            _sealed("readOnly"),
            applies=_starts,
            applies_reads=("start",),
            foreign={"never started": {"start": False}},
        ),
        expects(
            SERVICE,
            "The root file system is read-only.",
            _sealed(f"{_SERVICE_PATH}.readOnly"),
        ),
    ),
)

"""What a Docker container may share with its host: namespaces and devices.

A container that cannot do its work otherwise, such as one that measures its host, says why in the
label ``plinth.dev/host-access-because``. That lifts only what is said here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from policies.containers import (
    CONTAINER,
    HOST_ACCESS,
    NETWORK,
    SERVICE,
    VOLUME,
    documented,
    states,
)
from policies.controls import cis_docker
from policies.examples import example
from policies.rule import Check, Demand, Props, Rule, Setting, Severity, StackCheck
from policies.subject import Stack, Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_OBJECT,
    UNKNOWN_STRING,
    Truth,
)

_RUN: Final = "https://docs.docker.com/reference/cli/docker/container/run/"
_WITHOUT_REASON: Final = ("ipcMode", "usernsMode", "cgroupnsMode")
_NETWORKS: Final = ("networkMode", "networksAdvanced")
# Left out they are the daemon's choice, and not known among the outputs before the update.
_CHOSEN: Final = ("cgroupnsMode", "ipcMode")
_HOST: Final = "host"


def _is_shared(mode: str) -> bool:
    return mode == _HOST or mode.startswith("container:")


def _own_namespaces(container: Subject) -> Iterator[Demand]:
    allowed = states(container, HOST_ACCESS)
    for key in ("networkMode", "pidMode"):
        mode = container.at(key)
        yield Demand(~mode.matches(_is_shared) | allowed, mode, _SHARES)
    for network in container.at("networksAdvanced").elements():
        name = network.at("name")
        yield Demand(~name.is_one_of(_HOST) | allowed, name, _SHARES)
    for key in _WITHOUT_REASON:
        mode = container.at(key)
        yield Demand(~mode.matches(_is_shared), mode, _SHARES)


def _own_network(service: Subject) -> Iterator[Demand]:
    allowed = states(service, HOST_ACCESS)
    for network in service.at("taskSpec", "networksAdvanceds").elements():
        for key in ("id", "name"):
            name = network.at(key)
            yield Demand(~name.is_one_of(_HOST) | allowed, name, _SHARES)


_SHARES: Final = "shares a namespace that is not its own"


def _settled_networks(container: Subject, stack: Stack) -> Iterator[Demand]:
    for demand in _own_namespaces(container):
        if demand.holds is Truth.UNKNOWN:
            key = re.split(r"[.\[]", demand.at.path)[0]
            if key in _NETWORKS:
                settled = _made_here(container, stack, key)
            else:
                settled = key in _CHOSEN and not container.resource.property_dependencies.get(key)
            if not settled:
                yield demand


def _settled_network(service: Subject, stack: Stack) -> Iterator[Demand]:
    if not _made_here(service, stack, "taskSpec"):
        for demand in _own_network(service):
            if demand.holds is Truth.UNKNOWN:
                yield demand


def _made_here(subject: Subject, stack: Stack, key: str) -> bool:
    """Whether ``key`` was made from a network of the stack, which is not that of the host."""
    return any(source.type == NETWORK for source in stack.behind(subject.resource, key))


def _attached(key: str, name: Any) -> Props:
    return {"taskSpec": {"networksAdvanceds": [{key: name}]}}


_CORE: Final = example(NETWORK, "core")
_ATTACHED: Final = {"networksAdvanced": [{"name": UNKNOWN_STRING}]}
_ATTACHED_SERVICE: Final = _attached("id", UNKNOWN_STRING)
_SETTLED: Final = "A network that is not known yet is one of the stack, which is not the host's."
_MODES: Final = ("networkMode", "pidMode", *_WITHOUT_REASON)

HOST_NAMESPACES: Final = Rule(
    id="docker-no-host-namespaces",
    title="Containers have network, processes, memory and users of their own",
    reason=(
        "A container in the network of its host passes every network of Docker by, and one among "
        "its processes reads their environment, secrets included."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.10", "5.16", "5.17", "5.31"),
    fix=(
        "Remove network_mode, pid_mode, ipc_mode, userns_mode and cgroupns_mode, and attach the "
        "container to a network. A container that measures its host says why in the label "
        f"{HOST_ACCESS}."
    ),
    source=f"{_RUN}#pid",
    checks=(
        Check(
            type=CONTAINER,
            demand=(
                "No namespace is that of the host or of another container; network and processes "
                "only if a label says why."
            ),
            reads=(*_MODES, "networksAdvanced.name", "labels"),
            absent=(
                "networkMode left out is bridge, the others are as the daemon has them; all "
                "satisfy. No label is no reason; nor are fewer than ten letters."
            ),
            judge=_own_namespaces,
            good={
                "left out": {},
                "its own": {
                    "networkMode": "core",
                    "pidMode": "",
                    "ipcMode": "private",
                    "cgroupnsMode": "private",
                    "networksAdvanced": [{"name": "core"}, {}],
                },
                "network and processes, with a reason": {
                    "networkMode": _HOST,
                    "pidMode": _HOST,
                    "networksAdvanced": [{"name": _HOST}],
                    **documented(HOST_ACCESS),
                },
                "labels not known": {"labels": UNKNOWN_ARRAY},
            },
            bad={
                **{f"{key} of the host": {key: _HOST} for key in _MODES},
                **{f"{key} of another": {key: "container:web"} for key in _MODES},
                **{
                    f"{key}, whatever the reason": {key: _HOST, **documented(HOST_ACCESS)}
                    for key in _WITHOUT_REASON
                },
                "attached to the host": {"networksAdvanced": [{"name": "core"}, {"name": _HOST}]},
                "a word is no reason": {"pidMode": _HOST, **documented(HOST_ACCESS, "monitors")},
                "a reason for something else": {"pidMode": _HOST, **documented("team")},
                "one not known, one of the host": {
                    "networkMode": UNKNOWN_STRING,
                    "ipcMode": _HOST,
                },
            },
            undecided={
                **{f"{key} not known": {key: UNKNOWN_STRING} for key in _MODES},
                "network not known": _ATTACHED,
                "networks not known": {"networksAdvanced": UNKNOWN_ARRAY},
                "reason not known": {"pidMode": _HOST, **documented(HOST_ACCESS, UNKNOWN_STRING)},
                "all labels not known": {"networkMode": _HOST, "labels": UNKNOWN_ARRAY},
            },
        ),
        Check(
            type=SERVICE,
            demand="The tasks are not in the network of their host, unless a label says why.",
            reads=("taskSpec.networksAdvanceds.id", "taskSpec.networksAdvanceds.name", "labels"),
            absent=("No networks satisfy. No label is no reason; nor are fewer than ten letters."),
            judge=_own_network,
            good={
                "left out": {},
                "its own": _attached("id", "0a1b2c3d4e5f"),
                "its own, by name": _attached("name", "core"),
                "with a reason": {**_attached("name", _HOST), **documented(HOST_ACCESS)},
            },
            bad={
                "by id": _attached("id", _HOST),
                "by name": _attached("name", _HOST),
                "a word is no reason": {
                    **_attached("name", _HOST),
                    **documented(HOST_ACCESS, "monitors"),
                },
            },
            undecided={
                "id not known": _ATTACHED_SERVICE,
                "name not known": _attached("name", UNKNOWN_STRING),
                "task not known": {"taskSpec": UNKNOWN_OBJECT},
                "labels not known": {**_attached("name", _HOST), "labels": UNKNOWN_ARRAY},
            },
        ),
    ),
    stack_checks=(
        StackCheck(
            type=CONTAINER,
            demand=_SETTLED,
            reads={CONTAINER: (*_MODES, "networksAdvanced.name", "labels")},
            absent="What is left out or known is judged on its own.",
            judge=_settled_networks,
            settles=True,
            good={
                "attached to one of the stack": (
                    _CORE,
                    example(CONTAINER, "web", _ATTACHED, made_from={"networksAdvanced": [_CORE]}),
                ),
                "in the mode of one of the stack": (
                    _CORE,
                    example(
                        CONTAINER,
                        "web",
                        {"networkMode": UNKNOWN_STRING},
                        made_from={"networkMode": [_CORE]},
                    ),
                ),
                "known": (example(CONTAINER, "web", {"networkMode": "core"}),),
                "left to the daemon": (
                    example(CONTAINER, "web", dict.fromkeys(_CHOSEN, UNKNOWN_STRING)),
                ),
                "judged on its own": (example(CONTAINER, "web", {"pidMode": _HOST}),),
            },
            bad={},
            undecided={
                "from nothing known": (_CORE, example(CONTAINER, "web", _ATTACHED)),
                "from something else": (
                    example(VOLUME, "data"),
                    example(
                        CONTAINER,
                        "web",
                        _ATTACHED,
                        made_from={"networksAdvanced": [example(VOLUME, "data")]},
                    ),
                ),
                "a mode made from nothing known": (
                    example(CONTAINER, "web", {"networkMode": UNKNOWN_STRING}),
                ),
                "reason not known": (
                    example(
                        CONTAINER,
                        "web",
                        {"pidMode": _HOST, **documented(HOST_ACCESS, UNKNOWN_STRING)},
                    ),
                ),
                **{
                    f"{key} made from something": (
                        _CORE,
                        example(
                            CONTAINER,
                            "web",
                            {key: UNKNOWN_STRING},
                            made_from={key: [_CORE]},
                        ),
                    )
                    for key in ("pidMode", *_WITHOUT_REASON)
                },
                "processes not known": (example(CONTAINER, "web", {"pidMode": UNKNOWN_STRING}),),
            },
        ),
        StackCheck(
            type=SERVICE,
            demand=_SETTLED,
            reads={
                SERVICE: (
                    "taskSpec.networksAdvanceds.id",
                    "taskSpec.networksAdvanceds.name",
                    "labels",
                )
            },
            absent="What is left out or known is judged on its own.",
            judge=_settled_network,
            settles=True,
            good={
                "one of the stack": (
                    _CORE,
                    example(SERVICE, "web", _ATTACHED_SERVICE, made_from={"taskSpec": [_CORE]}),
                ),
                "known": (example(SERVICE, "web", _attached("id", "0a1b2c3d4e5f")),),
                "judged on its own": (example(SERVICE, "web", _attached("id", _HOST)),),
            },
            bad={},
            undecided={
                "from nothing known": (_CORE, example(SERVICE, "web", _ATTACHED_SERVICE)),
                "reason not known": (
                    example(
                        SERVICE,
                        "web",
                        {
                            **_attached("name", _HOST),
                            **documented(HOST_ACCESS, UNKNOWN_STRING),
                        },
                    ),
                ),
            },
        ),
    ),
)


def _no_devices(container: Subject) -> Iterator[Demand]:
    allowed: tuple[str, ...] = container.configured["devices"]
    named = [
        *(each.at("hostPath") for each in container.at("devices").elements()),
        *container.at("deviceCgroupRules").elements(),
        *container.at("gpus").elements(),
    ]
    for request in container.at("deviceRequests").elements():
        ids = request.at("deviceIds")
        yield Demand(~ids.is_empty(), ids, _HANDS_OVER)
        named += ids.elements()
    for device in named:
        yield Demand(device.is_one_of(*allowed), device, _HANDS_OVER)


_HANDS_OVER: Final = "hands a device of the host over"
_DISK: Final = {"devices": [{"hostPath": "/dev/sda"}]}

NO_DEVICES: Final = Rule(
    id="docker-no-devices",
    title="No container holds a device of its host",
    reason=(
        "A device passes every permission of files by: whoever may read a disk reads all that is "
        "on it."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.18"),
    fix=(
        "Remove devices, device_requests, device_cgroup_rules and gpus, or allow the one that is "
        "needed in the configuration of the pack."
    ),
    source=f"{_RUN}#device",
    settings=(
        Setting(
            name="devices",
            description="Devices that containers may hold: paths, ids, rules of cgroups, gpus, "
            "as the program writes them.",
            default=(),
        ),
    ),
    checks=(
        Check(
            type=CONTAINER,
            demand="There is no device, and no request or rule that gives one.",
            reads=("devices.hostPath", "deviceCgroupRules", "deviceRequests.deviceIds", "gpus"),
            absent=(
                "No devices, requests and rules satisfy. A device without a path and a request "
                "without ids violate."
            ),
            judge=_no_devices,
            good={
                "left out": {},
                "none": {"devices": [], "deviceCgroupRules": [], "deviceRequests": []},
            },
            bad={
                "a disk": _DISK,
                "no path": {"devices": [{"containerPath": "/dev/sdb"}]},
                "a rule": {"deviceCgroupRules": ["c 10:200 rwm"]},
                "all processors for graphics": {"gpus": "all"},
                "a request": {"deviceRequests": [{"deviceIds": ["vendor.com/device=0"]}]},
                "a request for any": {"deviceRequests": [{"driver": "nvidia", "deviceIds": []}]},
                "a request without ids": {"deviceRequests": [{"count": -1}]},
            },
            undecided={
                "not known": {"devices": UNKNOWN_ARRAY},
                "path not known": {"devices": [{"hostPath": UNKNOWN_STRING}]},
                "rules not known": {"deviceCgroupRules": UNKNOWN_ARRAY},
                "requests not known": {"deviceRequests": UNKNOWN_ARRAY},
                "graphics not known": {"gpus": UNKNOWN_STRING},
            },
        ),
    ),
)

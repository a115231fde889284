"""What a Docker container may do to its host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.containers import (
    CONTAINER,
    IN_SERVICE,
    SERVICE,
    VOLUME,
    HostPath,
    host_paths,
    in_service,
    path_of_volume,
)
from policies.controls import cis_docker
from policies.expected import expects, off
from policies.rule import Check, Demand, Props, Rule, Severity
from policies.sockets import reaches_socket
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_BOOLEAN, UNKNOWN_STRING, some

# What the daemon reads as true; an option without a value is on.
_ON: Final = frozenset({"", "1", "t", "T", "true", "True", "TRUE"})


_UNCONFINED: Final = frozenset(
    {("apparmor", "unconfined"), ("label", "disable"), ("seccomp", "unconfined")}
)


def _unprivileged(container: Subject) -> Iterator[Demand]:
    privileged = container.at("privileged", absent=False)
    yield Demand(~privileged.is_true(), privileged, "gives the container the whole host")


def _no_socket(container: Subject) -> Iterator[Demand]:
    return map(_closed, host_paths(container))


def _no_socket_in_service(service: Subject) -> Iterator[Demand]:
    return map(_closed, host_paths(service.at(*IN_SERVICE)))


def _no_socket_in_volume(volume: Subject) -> Iterator[Demand]:
    yield _closed(path_of_volume(volume))


def _closed(found: HostPath) -> Demand:
    shown = found.meant & found.path.matches(reaches_socket)
    return Demand(~shown, found.path, "hands the container the runtime's socket")


def _confined(container: Subject) -> Iterator[Demand]:
    options = container.at("securityOpts")
    elements = list(options.elements())
    switched_on = some(option.matches(_forbids_new_privileges) for option in elements)
    yield Demand(switched_on, options, "lets processes gain privileges: no-new-privileges missing")
    for option in elements:
        yield Demand(
            ~option.matches(_allows_new_privileges), option, "switches no-new-privileges off"
        )
        yield Demand(
            ~option.matches(_unconfined),
            option,
            "takes the profile of seccomp, AppArmor or SELinux away",
        )


def _option(text: str) -> tuple[str, str]:
    """Name and value of a security option, which Docker takes with ``=`` and with ``:``."""
    name, _, value = text.replace(":", "=", 1).partition("=")
    return name, value


def _forbids_new_privileges(text: str) -> bool:
    name, value = _option(text)
    return name == "no-new-privileges" and value in _ON


def _allows_new_privileges(text: str) -> bool:
    name, value = _option(text)
    return name == "no-new-privileges" and value not in _ON


def _unconfined(text: str) -> bool:
    return _option(text) in _UNCONFINED


NO_PRIVILEGED: Final = Rule(
    id="docker-no-privileged",
    title="No container is privileged",
    reason=(
        "A privileged container has every capability and every device of the host: whoever owns "
        "the process owns the machine."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.5"),
    fix="Remove privileged, and add the one capability or device the process needs.",
    source="https://docs.docker.com/reference/cli/docker/container/run/#privileged",
    checks=(
        Check(
            type=CONTAINER,
            demand="The container is not privileged.",
            reads=("privileged",),
            absent="privileged left out is false and satisfies.",
            judge=_unprivileged,
            good={"unprivileged": {"privileged": False}, "left out": {}},
            bad={"privileged": {"privileged": True}},
            undecided={"not known": {"privileged": UNKNOWN_BOOLEAN}},
        ),
    ),
)


def _mount(source: str) -> dict[str, Any]:
    return {"type": "bind", "target": "/data", "source": source}


def _service(mounts: Any) -> Props:
    return in_service(mounts=mounts)


def _by_driver(device: str) -> dict[str, Any]:
    options = {"driverOptions": {"device": device, "o": "bind", "type": "none"}}
    return {"type": "volume", "target": "/data", "source": "data", "volumeOptions": options}


_MOUNT_READS: Final = (
    "mounts.source",
    "mounts.type",
    "mounts.volumeOptions.driverOptions",
    "mounts.volumeOptions.driverName",
)


NO_DAEMON_SOCKET: Final = Rule(
    id="docker-no-daemon-socket",
    title="No container holds the socket of the container runtime",
    reason=(
        "Who can write to the runtime's socket can start a privileged container, read-only mount "
        "or not: the socket is root on the host."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.32"),
    fix=(
        "Remove the mount of the socket or of the folder above it; let the container talk to a "
        "proxy that allows the few calls it needs."
    ),
    source="https://docs.docker.com/engine/security/#docker-daemon-attack-surface",
    checks=(
        Check(
            type=CONTAINER,
            demand="No mount and no volume brings the socket, or a folder that holds it.",
            reads=(*_MOUNT_READS, "volumes.hostPath"),
            absent=(
                "No mounts, no volumes and a mount without a source satisfy. A mount without type "
                "counts as one of a path, a driver left out is local."
            ),
            judge=_no_socket,
            good={
                "no mounts": {},
                "a named volume": {
                    "mounts": [{"type": "volume", "target": "/data", "source": "docker.sock"}],
                    "volumes": [{"volumeName": "data", "containerPath": "/data"}],
                },
                "a memory file system without source": {
                    "mounts": [{"type": "tmpfs", "target": "/tmp"}]  # noqa: S108 - an example
                },
                "another folder of the host": {
                    "mounts": [_mount("/srv/data")],
                    "volumes": [{"hostPath": "/run/secrets", "containerPath": "/data"}],
                },
                "a volume whose name is not known": {
                    "mounts": [{"type": "volume", "target": "/data", "source": UNKNOWN_STRING}]
                },
                "a volume of no special driver": {
                    "mounts": [{"type": "volume", "source": "data", "volumeOptions": {}}]
                },
            },
            bad={
                "the socket as a mount": {"mounts": [_mount("/var/run/docker.sock")]},
                "the socket by a crooked path": {"mounts": [_mount("//srv/../run/./docker.sock")]},
                "the folder above it": {"mounts": [_mount("/var/run/")]},
                "a mount without type": {"mounts": [{"source": "/var/run/docker.sock"}]},
                "its folder as a volume of the local driver": {"mounts": [_by_driver("/run")]},
                "the whole host": {"volumes": [{"hostPath": "/", "containerPath": "/host"}]},
                "the socket as a volume, read-only": {
                    "volumes": [
                        {
                            "hostPath": "/run/containerd/containerd.sock",
                            "containerPath": "/containerd.sock",
                            "readOnly": True,
                        }
                    ]
                },
                "the socket of a rootless daemon": {
                    "mounts": [_mount("/run/user/1000/docker.sock")]
                },
                "the pipe of Windows": {"mounts": [_mount("\\\\.\\pipe\\docker_engine")]},
                "one mount not known, one of the socket": {
                    "mounts": [_mount(UNKNOWN_STRING), _mount("/run/docker.sock")]
                },
            },
            undecided={
                "mounts not known": {"mounts": UNKNOWN_ARRAY},
                "source not known": {"mounts": [_mount(UNKNOWN_STRING)]},
                "type not known": {
                    "mounts": [{"type": UNKNOWN_STRING, "source": "/var/run/docker.sock"}]
                },
                "options not known": {
                    "mounts": [{"type": "volume", "volumeOptions": UNKNOWN_STRING}]
                },
                "host path not known": {"volumes": [{"hostPath": UNKNOWN_STRING}]},
            },
        ),
        Check(
            type=SERVICE,
            demand="No mount brings the socket, or a folder that holds it.",
            reads=tuple(".".join((*IN_SERVICE, path)) for path in _MOUNT_READS),
            absent=(
                "No mounts and a mount without a source satisfy. A mount without type counts as "
                "one of a path, a driver left out is local."
            ),
            judge=_no_socket_in_service,
            good={
                "no mounts": _service(None),
                "another folder of the host": _service([_mount("/srv/data")]),
                "a memory file system without source": _service(
                    [{"type": "tmpfs", "target": "/tmp"}]  # noqa: S108 - an example
                ),
                "nothing said of it": _service([{"volumeOptions": {}}]),
            },
            bad={
                "the socket as a mount": _service([_mount("/var/run/docker.sock")]),
                "its folder as a volume of the local driver": _service([_by_driver("/run")]),
            },
            undecided={
                "source not known": _service([_mount(UNKNOWN_STRING)]),
                "task not known": {"taskSpec": UNKNOWN_STRING},
            },
        ),
        Check(
            type=VOLUME,
            demand="No volume of the local driver is such a folder under a name.",
            reads=("driver", "driverOpts"),
            absent="driver left out is local. No options satisfy.",
            judge=_no_socket_in_volume,
            good={
                "left out": {},
                "another folder": {"driverOpts": {"o": "bind", "device": "/srv"}},
                "of another driver": {"driver": "vendor", "driverOpts": {"device": "/run"}},
            },
            bad={
                "the folder above it": {"driverOpts": {"o": "bind", "device": "/run"}},
                "the whole host": {"driver": "local", "driverOpts": {"device": "/"}},
            },
            undecided={
                "options not known": {"driverOpts": UNKNOWN_STRING},
                "driver not known": {"driver": UNKNOWN_STRING, "driverOpts": {"device": "/run"}},
            },
        ),
    ),
)

_LOCKED: Final = "no-new-privileges:true"

SECURITY_OPTS: Final = Rule(
    id="docker-security-opts",
    title="No process gains privileges, and the default profiles stay on",
    reason=(
        "Without no-new-privileges a setuid binary in the image makes root of any user; without "
        "seccomp and AppArmor every system call of the kernel is within reach."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.2", "5.22", "5.26"),
    fix=(
        'Add "no-new-privileges:true" to security_opts and remove unconfined profiles; a process '
        "that needs more gets a profile of its own."
    ),
    source="https://docs.docker.com/reference/cli/docker/container/run/#security-opt",
    checks=(
        Check(
            type=CONTAINER,
            demand=(
                "no-new-privileges is set; neither seccomp nor AppArmor is unconfined, and SELinux "
                "is not disabled."
            ),
            reads=("securityOpts",),
            absent=(
                "No no-new-privileges violates. No option of seccomp, AppArmor or SELinux means the "
                "default profile and satisfies."
            ),
            judge=_confined,
            good={
                "set": {"securityOpts": [_LOCKED]},
                "set, with equals sign": {"securityOpts": ["no-new-privileges=true"]},
                "set, without value, and a profile": {
                    "securityOpts": ["seccomp=/etc/docker/strict.json", "no-new-privileges"]
                },
            },
            bad={
                "left out": {},
                "empty": {"securityOpts": []},
                "profile only": {"securityOpts": ["apparmor=docker-default"]},
                "switched off": {"securityOpts": ["no-new-privileges:false"]},
                "switched off by number": {"securityOpts": ["no-new-privileges=0"]},
                "misspelt, which Docker refuses": {"securityOpts": ["No-New-Privileges:true"]},
                "switched on and off": {"securityOpts": [_LOCKED, "no-new-privileges=false"]},
                "seccomp unconfined": {"securityOpts": [_LOCKED, "seccomp=unconfined"]},
                "AppArmor unconfined": {"securityOpts": [_LOCKED, "apparmor:unconfined"]},
                "SELinux disabled": {"securityOpts": [_LOCKED, "label=disable"]},
                "one not known, one unconfined": {
                    "securityOpts": [UNKNOWN_STRING, "seccomp:unconfined"]
                },
            },
            undecided={
                "not known": {"securityOpts": UNKNOWN_ARRAY},
                "one not known": {"securityOpts": [_LOCKED, UNKNOWN_STRING]},
                "the only one not known": {"securityOpts": [UNKNOWN_STRING]},
            },
        ),
        expects(
            SERVICE,
            "SELinux is not disabled. A service cannot ask for more.",
            off(
                "taskSpec.containerSpec.privileges.seLinuxContext.disable",
                "takes the profile of SELinux away",
            ),
        ),
    ),
)

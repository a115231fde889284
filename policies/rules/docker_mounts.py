"""Which folders of its host a Docker container may see.

A container that measures its host says why in the label ``plinth.dev/host-access-because``, and
mounts what it reads for reading alone.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any, Final

from policies.containers import (
    CONTAINER,
    HOST_ACCESS,
    IN_SERVICE,
    SERVICE,
    VOLUME,
    HostPath,
    documented,
    host_paths,
    in_service,
    path_of_volume,
    states,
)
from policies.controls import cis_docker
from policies.rule import Check, Demand, Props, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_BOOLEAN,
    UNKNOWN_OBJECT,
    UNKNOWN_STRING,
    Truth,
    View,
)


def _harmless_mounts(container: Subject) -> Iterator[Demand]:
    yield from _harmless(container, host_paths(container))
    yield from _not_shared(container)


def _harmless_mounts_in_service(service: Subject) -> Iterator[Demand]:
    container = service.at(*IN_SERVICE)
    yield from _harmless(service, host_paths(container))
    yield from _not_shared(container)


def _harmless_volume(volume: Subject) -> Iterator[Demand]:
    found = path_of_volume(volume)
    yield Demand(~(found.meant & _is_sensitive(volume, found.path)), found.path, _SHOWS)


_SHOWS: Final = "shows the container what the host itself runs on"


def _harmless(holder: Subject, found: Iterable[HostPath]) -> Iterator[Demand]:
    files: tuple[str, ...] = holder.configured["harmless"]
    said = states(holder, HOST_ACCESS)
    for path, mount, meant in found:
        shown = meant & _is_sensitive(holder, path)
        harmless = path.matches(lambda text: _plain(text) in files)
        allowed = mount.at("readOnly").is_true() & (harmless | said)
        yield Demand(~shown | allowed, path, _SHOWS)


def _is_sensitive(holder: Subject, path: View) -> Truth:
    folders: tuple[str, ...] = holder.configured["folders"]
    return path.matches(lambda text: _is_one_of_or_below(text, folders))


def _is_one_of_or_below(path: str, folders: Iterable[str]) -> bool:
    # What does not begin at the root is the name of a volume.
    if not path.startswith("/"):
        return False
    plain = _plain(path)
    return any(plain == folder or plain.startswith(f"{folder}/") for folder in folders)


def _plain(path: str) -> str:
    # Linux reads two leading slashes as one, normpath keeps them.
    return posixpath.normpath(f"/{path.lstrip('/')}")


def _not_shared(container: View) -> Iterator[Demand]:
    for mount in container.at("mounts").elements():
        mode = mount.at("bindOptions", "propagation")
        yield Demand(
            ~mode.is_one_of("shared", "rshared"), mode, "hands mounts of the container to the host"
        )


def _mount(source: str, **options: Any) -> Props:
    return {"type": "bind", "target": "/data", "source": source, **options}


def _mounts(*mounts: Props) -> Props:
    return {"mounts": list(mounts)}


def _mounts_in_service(*mounts: Props) -> Props:
    return in_service(mounts=list(mounts))


def _by_driver(device: str, **options: Any) -> Props:
    driven = {"driverOptions": {"device": device, "o": "bind", "type": "none"}, **options}
    return {"type": "volume", "target": "/data", "source": "data", "volumeOptions": driven}


_FOLDERS: Final = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr")
_MOUNT_READS: Final = (
    "mounts.source",
    "mounts.type",
    "mounts.readOnly",
    "mounts.bindOptions.propagation",
    "mounts.volumeOptions.driverOptions",
    "mounts.volumeOptions.driverName",
)
_MOUNTS_ABSENT: Final = (
    "No mounts, no source and no driver options satisfy; a mount without type counts as one of a "
    "path, a driver left out is local. readOnly left out is off. propagation left out is rprivate "
    "and satisfies. No label is no reason."
)

SENSITIVE_MOUNTS: Final = Rule(
    id="docker-no-sensitive-mounts",
    title="No container sees the folders its host runs on",
    reason=(
        "Who writes to such a folder owns the host, and who reads it finds keys and passwords; "
        "what is mounted with shared propagation appears on the host, too."
    ),
    severity=Severity.HIGH,
    theme=Theme.PRIVILEGE,
    themes_inferred=True,
    controls=cis_docker("5.6", "5.20"),
    fix=(
        "Mount a volume, or a folder made for the container, with private propagation. A container "
        f"that measures its host says why in the label {HOST_ACCESS} and mounts with "
        "read_only=True."
    ),
    source="https://docs.docker.com/engine/storage/bind-mounts/",
    settings=(
        Setting(
            name="folders",
            description="Folders of the host that no container sees, nor what lies below; of / "
            "only itself.",
            default=_FOLDERS,
        ),
        Setting(
            name="harmless",
            description="Files in such folders that any container may mount to read.",
            default=("/etc/localtime", "/etc/timezone"),
        ),
    ),
    checks=(
        Check(
            type=CONTAINER,
            demand=(
                "No mount and no volume brings such a folder, unless a label says why and it is "
                "read-only; no propagation is shared."
            ),
            reads=(*_MOUNT_READS, "volumes.hostPath", "volumes.readOnly", "labels"),
            absent=f"No volumes satisfy. {_MOUNTS_ABSENT}",
            judge=_harmless_mounts,
            good={
                "left out": {},
                "nothing said of them": {"mounts": [{"volumeOptions": {}}], "volumes": [{}]},
                "another folder": _mounts(_mount("/srv/etc"), _mount("/library")),
                "a volume": _mounts({"type": "volume", "target": "/etc", "source": "etc"}),
                "a volume whose name is not known": _mounts(
                    {"type": "volume", "target": "/data", "source": UNKNOWN_STRING}
                ),
                "a volume of another driver": _mounts(_by_driver("/etc", driverName="vendor")),
                "memory": _mounts({"type": "tmpfs", "target": "/run"}),
                "the clock, to read": _mounts(_mount("/etc/localtime", readOnly=True)),
                "the clock as a volume, to read": {
                    "volumes": [{"hostPath": "//etc/./timezone", "readOnly": True}]
                },
                "private propagation": _mounts(
                    _mount("/srv", bindOptions={"propagation": "rslave"}),
                    _mount("/srv", bindOptions={}),
                ),
                "to read, with a reason": {
                    **_mounts(_mount("/", readOnly=True)),
                    "volumes": [{"hostPath": "/proc", "readOnly": True}],
                    **documented(HOST_ACCESS),
                },
            },
            bad={
                **{
                    f"{folder}, to read": _mounts(_mount(folder, readOnly=True))
                    for folder in _FOLDERS
                },
                "below one": _mounts(_mount("/etc/kubernetes")),
                "by a crooked path": _mounts(_mount("//srv/../usr/.")),
                "no type": {"mounts": [{"source": "/sys"}]},
                "as a volume": {"volumes": [{"hostPath": "/etc"}]},
                "as a volume of the local driver": _mounts(_by_driver("/etc")),
                "as a volume of the local driver by name": _mounts(
                    _by_driver("/dev/sda1", driverName="local")
                ),
                "the clock, to write": _mounts(_mount("/etc/localtime")),
                "to write, whatever the reason": {
                    **_mounts(_mount("/sys", readOnly=False)),
                    **documented(HOST_ACCESS),
                },
                "a word is no reason": {
                    **_mounts(_mount("/sys", readOnly=True)),
                    **documented(HOST_ACCESS, "monitors"),
                },
                "shared": _mounts(_mount("/srv", bindOptions={"propagation": "shared"})),
                "shared downwards, whatever the reason": {
                    **_mounts(_mount("/srv", bindOptions={"propagation": "rshared"})),
                    **documented(HOST_ACCESS),
                },
            },
            undecided={
                "mounts not known": {"mounts": UNKNOWN_ARRAY},
                "source not known": _mounts(_mount(UNKNOWN_STRING)),
                "source not known, to read": _mounts(_mount(UNKNOWN_STRING, readOnly=True)),
                "type not known": _mounts({"type": UNKNOWN_STRING, "source": "/etc"}),
                "propagation not known": _mounts(
                    _mount("/srv", bindOptions={"propagation": UNKNOWN_STRING})
                ),
                "driver not known": _mounts(_by_driver("/etc", driverName=UNKNOWN_STRING)),
                "options not known": _mounts(
                    {"type": "volume", "volumeOptions": {"driverOptions": UNKNOWN_OBJECT}}
                ),
                "volume not known": {"volumes": [{"hostPath": UNKNOWN_STRING}]},
                "reading not known, with a reason": {
                    **_mounts(_mount("/sys", readOnly=UNKNOWN_BOOLEAN)),
                    "volumes": [{"hostPath": "/sys", "readOnly": UNKNOWN_BOOLEAN}],
                    **documented(HOST_ACCESS),
                },
                "labels not known": {
                    **_mounts(_mount("/sys", readOnly=True)),
                    "labels": UNKNOWN_ARRAY,
                },
            },
        ),
        Check(
            type=SERVICE,
            demand=(
                "No mount brings such a folder, unless a label says why and it is read-only; no "
                "propagation is shared."
            ),
            reads=(*(".".join((*IN_SERVICE, path)) for path in _MOUNT_READS), "labels"),
            absent=_MOUNTS_ABSENT,
            judge=_harmless_mounts_in_service,
            good={
                "left out": {},
                "nothing said of it": _mounts_in_service({"volumeOptions": {}, "bindOptions": {}}),
                "another folder": _mounts_in_service(_mount("/srv/data")),
                "to read, with a reason": {
                    **_mounts_in_service(_mount("/proc", readOnly=True)),
                    **documented(HOST_ACCESS),
                },
            },
            bad={
                "a folder of the host": _mounts_in_service(_mount("/etc", readOnly=True)),
                "to write, whatever the reason": {
                    **_mounts_in_service(_mount("/proc")),
                    **documented(HOST_ACCESS),
                },
                "as a volume of the local driver": _mounts_in_service(_by_driver("/etc")),
                "shared": _mounts_in_service(_mount("/srv", bindOptions={"propagation": "shared"})),
            },
            undecided={
                "source not known": _mounts_in_service(_mount(UNKNOWN_STRING)),
                "task not known": {"taskSpec": UNKNOWN_OBJECT},
                "labels not known": {
                    **_mounts_in_service(_mount("/proc", readOnly=True)),
                    "labels": UNKNOWN_ARRAY,
                },
            },
        ),
        Check(
            type=VOLUME,
            demand="No volume of the local driver is such a folder under a name.",
            reads=("driver", "driverOpts"),
            absent="driver left out is local. No options satisfy.",
            judge=_harmless_volume,
            good={
                "left out": {},
                "an empty one": {"driver": "local"},
                "another folder": {"driverOpts": {"type": "none", "o": "bind", "device": "/srv"}},
                "a share": {"driverOpts": {"type": "nfs", "device": ":/etc"}},
                "of another driver": {"driver": "vendor", "driverOpts": {"device": "/etc"}},
            },
            bad={
                "a folder": {"driverOpts": {"type": "none", "o": "bind", "device": "/etc"}},
                "a disk": {
                    "driver": "local",
                    "driverOpts": {"type": "ext4", "device": "/dev/sda1"},
                },
            },
            undecided={
                "options not known": {"driverOpts": UNKNOWN_OBJECT},
                "driver not known": {"driver": UNKNOWN_STRING, "driverOpts": {"device": "/etc"}},
            },
        ),
    ),
)

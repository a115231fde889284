"""Paths of a host that lead to the socket of its container runtime."""

from __future__ import annotations

import posixpath
from typing import Final

_SOCKETS: Final = frozenset(
    {"docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock"}
    | {"docker_engine"}  # the named pipe of Windows
)
_ABOVE: Final = frozenset({"/", "/var"})
_FOLDERS: Final = frozenset(
    {"/run", "/run/containerd", "/run/crio", "/run/k3s", "/run/k3s/containerd", "/run/podman"}
    | {"/var/run", "/var/run/containerd", "/var/run/crio", "/var/run/podman"}
)


def reaches_socket(path: str) -> bool:
    """Whether ``path`` is the socket, its folder or a folder above that."""
    return is_socket(path) or is_above_socket(path)


def is_socket(path: str) -> bool:
    """Whether ``path`` is the socket or the folder of runtimes it lies in."""
    plain = _plain(path)
    return plain in _FOLDERS or posixpath.basename(plain) in _SOCKETS


def is_above_socket(path: str) -> bool:
    """Whether ``path`` holds the folder of runtimes among much else."""
    return _plain(path) in _ABOVE


def _plain(path: str) -> str:
    # A source that is not a path is the name of a volume. Windows pipes have backslashes.
    if not path.startswith(("/", "\\")):
        return ""
    # Linux reads two leading slashes as one, normpath keeps them.
    return posixpath.normpath("/" + path.replace("\\", "/").lstrip("/"))

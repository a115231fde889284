"""Which paths lead to the socket of a container runtime."""

from __future__ import annotations

import pytest

from policies.sockets import is_above_socket, is_socket, reaches_socket


@pytest.mark.parametrize(
    "path",
    [
        "/var/run/docker.sock",
        "/somewhere/docker.sock",
        "/somewhere/containerd.sock",
        "/somewhere/crio.sock",
        "/somewhere/podman.sock",
        "/somewhere/dockershim.sock",
        r"\\.\pipe\docker_engine",
        "//run/../run/docker.sock",
        r"\run",
        "/run",
        "/run/containerd",
        "/run/crio",
        "/run/k3s",
        "/run/k3s/containerd",
        "/run/podman/",
        "/var/run",
        "/var/run/containerd",
        "/var/run/crio",
        "/var/run/podman",
    ],
)
def test_a_socket_is_reached_by_itself_and_by_its_folder(path: str) -> None:
    assert is_socket(path)
    assert reaches_socket(path)
    assert not is_above_socket(path)


@pytest.mark.parametrize("path", ["/", "//", "/var", "/var/", "/run/.."])
def test_a_folder_above_reaches_a_socket_among_much_else(path: str) -> None:
    assert is_above_socket(path)
    assert reaches_socket(path)
    assert not is_socket(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "run",
        "docker.sock",
        "var",
        "~/run",
        "/run/app",
        "/var/lib",
        "/run/docker.sock.d/app",
        "/~/run",
    ],
)
def test_the_name_of_a_volume_and_another_folder_reach_none(path: str) -> None:
    assert not reaches_socket(path)

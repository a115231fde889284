"""Containers of Docker wherever they are described: on one host, or as a service of a swarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from policies.pods import HOST_ACCESS
from policies.rule import Props
from policies.view import Truth, View, is_reason, some

__all__ = [
    "ALWAYS_RESTART",
    "BECAUSE",
    "CONTAINER",
    "HOST_ACCESS",
    "IN_SERVICE",
    "NETWORK",
    "NO_HEALTHCHECK",
    "SERVICE",
    "VOLUME",
    "HostPath",
    "documented",
    "host_paths",
    "in_service",
    "path_of_volume",
    "states",
]

CONTAINER: Final = "docker:index/container:Container"
SERVICE: Final = "docker:index/service:Service"
NETWORK: Final = "docker:index/network:Network"
VOLUME: Final = "docker:index/volume:Volume"

IN_SERVICE: Final = ("taskSpec", "containerSpec")
"""Where a service describes the containers of its tasks."""

ALWAYS_RESTART: Final = "plinth.dev/always-restart-because"
"""Label of a container or service that says why no number of failures ends it."""

NO_HEALTHCHECK: Final = "plinth.dev/no-healthcheck-because"
"""Label of a container or service that says why nothing asks whether it works."""

BECAUSE: Final = "measures the host itself"
"""A reason as examples give it."""

_LOCAL: Final = "local"
# What else a mount can be of is not a path of the host.
_NO_PATHS: Final = ("cluster", "image", "tmpfs", "volume")


class HostPath(NamedTuple):
    """A path of the host that a mount may lead to.

    ``meant`` is whether the text is such a path at all; ``mount`` is what holds it.
    """

    path: View
    mount: View
    meant: Truth


def states(holder: View, label: str) -> Truth:
    """Whether ``holder`` gives a reason, not just a word, in its label ``label``."""
    return some(
        each.at("label").is_one_of(label) & each.at("value").matches(is_reason)
        for each in holder.at("labels").elements()
    )


def host_paths(container: View) -> Iterator[HostPath]:
    """Every path of the host that ``container`` mounts, in each way to write it."""
    for mount in container.at("mounts").elements():
        yield HostPath(mount.at("source"), mount, ~mount.at("type").is_one_of(*_NO_PATHS))
        options = mount.at("volumeOptions")
        yield HostPath(
            options.at("driverOptions", "device"),
            mount,
            options.at("driverName", absent=_LOCAL).is_one_of(_LOCAL),
        )
    for volume in container.at("volumes").elements():
        yield HostPath(volume.at("hostPath"), volume, Truth.YES)


def path_of_volume(volume: View) -> HostPath:
    """The path of the host that a volume of the local driver shows under a name."""
    local = volume.at("driver", absent=_LOCAL).is_one_of(_LOCAL)
    return HostPath(volume.at("driverOpts", "device"), volume, local)


def in_service(**container: Any) -> Props:
    """An example of a service whose tasks have such a container."""
    props: Mapping[str, Any] = container
    for key in reversed(IN_SERVICE):
        props = {key: props}
    return props


def documented(label: str, reason: Any = BECAUSE) -> Props:
    """The labels of an example with a reason."""
    return {"labels": [{"label": "team", "value": BECAUSE}, {"label": label, "value": reason}]}

"""Repairs on Docker.

A container is replaced by nearly every change and is left alone; a service starts new tasks in its
own order.

Source: ``internal/provider/resource_docker_service.go`` of kreuzwerker/terraform-provider-docker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.autofix import AutoFix

DOCKER: Final[Mapping[str, tuple[AutoFix, ...]]] = {
    "docker-capabilities": (
        AutoFix(
            type="docker:index/service:Service",
            adds={"taskSpec.containerSpec?.capDrops": ("ALL",)},
            environments=frozenset({"dev"}),
            because="In dev it shows which power a process really needs before others rely on it.",
        ),
    ),
}
"""The repairs of the rules of the pack ``docker``, by id."""

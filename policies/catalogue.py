"""Every rule, in report order."""

from __future__ import annotations

from typing import Final

from policies.rule import Rule
from policies.rules import (
    aws_ecr,
    aws_rds,
    aws_security_group,
    aws_vpc,
    docker_container,
    docker_image,
)

RULES: Final[tuple[Rule, ...]] = (
    aws_security_group.NO_PUBLIC_ADMIN,
    aws_vpc.DEFAULT_GROUP_CLOSED,
    aws_vpc.FLOW_LOGS,
    aws_ecr.IMMUTABLE_TAGS,
    aws_rds.NOT_PUBLIC,
    aws_rds.STORAGE_ENCRYPTED,
    aws_rds.NO_LITERAL_PASSWORD,
    aws_rds.DELETION_PROTECTION,
    docker_container.NO_PRIVILEGED,
    docker_container.NO_DAEMON_SOCKET,
    docker_container.SECURITY_OPTS,
    docker_image.IMAGE_PINNED,
)


def rules_of(pack: str) -> tuple[Rule, ...]:
    """The rules of one pack, such as ``aws``."""
    return tuple(rule for rule in RULES if rule.pack == pack)

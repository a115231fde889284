"""Who may log in to a cache of ElastiCache."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

ENGINE: Final = "valkey"
# Everything but what harms the server; a cache may be looked at and emptied.
ACCESS: Final = "on ~* &* +@all -@dangerous +flushdb +info"


def create_users(
    parent: pulumi.Resource, name: str, username: str
) -> tuple[aws.elasticache.User, aws.elasticache.UserGroup]:
    """Declare the one user, and the group that admits nobody else."""
    child = pulumi.ResourceOptions(parent=parent)
    user = aws.elasticache.User(
        f"{name}-user",
        # Both the same, or IAM does not let the user in.
        user_id=username,
        user_name=username,
        engine=ENGINE,
        access_string=ACCESS,
        authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
        opts=child,
    )
    users = aws.elasticache.UserGroup(
        f"{name}-users",
        user_group_id=username,
        engine=ENGINE,
        # Without the user called default, who is then switched off.
        user_ids=[user.user_id],
        opts=child,
    )
    return user, users

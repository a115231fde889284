"""What each grant means in the actions and resources of AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.bucket.interface import AwsBucketRef
from components.cache.interface import AwsCacheRef
from components.database.interface import AwsDatabaseRef
from components.iam import Statement, document
from components.identity.grant import Grant, RepositoryRef
from components.identity.lint import POLICIES_PER_ROLE, split
from components.identity.spec import Action, Thing
from components.registry.interface import AwsRegistryRef

# Longer than the ARN of any key, cache, cache user or database: ids have at most 64 characters.
LONGEST_ARN: Final = 160

# Source: service authorization reference of Amazon S3, ElastiCache, RDS (IAM authentication) and
# ECR; for multipart uploads to encrypted buckets "Multipart upload API and permissions" in the S3
# user guide.
OBJECT_ACTIONS: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.READ: ("s3:GetObject",),
    Action.WRITE: ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"),
    Action.DELETE: ("s3:DeleteObject",),
}
KEY_ACTIONS: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.READ: ("kms:Decrypt",),
    Action.WRITE: ("kms:Decrypt", "kms:GenerateDataKey"),
}
IMAGE_ACTIONS: Final[Mapping[Action, tuple[str, ...]]] = {
    Action.PULL: (
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ),
    Action.PUSH: (
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ),
}
_WORDS: Final = {"-": " ", ".": " dot ", "_": " underscore "}


@dataclass(frozen=True)
class Permission:
    """A statement; ``pending`` goes from a text inside it to what the cloud will put there."""

    key: str
    statement: Statement
    pending: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


def policies(grants: Sequence[Grant], user: str) -> dict[str, tuple[Permission, ...]]:
    """The permissions for ``grants``, in as few policies as hold them, by their role in names.

    What is known in a preview is kept apart from what is not, so that it can be judged there.

    Args:
        grants: on things of AWS.
        user: who to be in databases.

    Raises:
        ValueError: they need more policies than a role may have, or make ``user`` an owner.
        TypeError: a thing is not of AWS.
    """
    permissions = sorted(_permissions(grants, user), key=lambda each: each.key)
    found: dict[str, tuple[Permission, ...]] = {}
    for role, group in (
        ("grants", [each for each in permissions if not each.pending]),
        ("grants-computed", [each for each in permissions if each.pending]),
    ):
        by_sid = {each.statement.sid: each for each in group}
        for part in split(each.statement for each in group):
            inside = tuple(by_sid[statement.sid] for statement in part)
            found[role if role not in found else f"{role}-{inside[0].key}"] = inside
    if len(found) > POLICIES_PER_ROLE:
        raise ValueError(
            f"{len(grants)} grants fill {len(found)} policies, a role has at most"
            f" {POLICIES_PER_ROLE}: make several identities of it"
        )
    return found


def planned(permissions: Sequence[Permission]) -> str:
    """The document, with placeholders of full length for what the cloud has yet to say."""
    return document(*(each.statement for each in permissions))


def written(permissions: Sequence[Permission]) -> pulumi.Input[str]:
    """The document."""
    text = planned(permissions)
    pending = {key: value for each in permissions for key, value in each.pending.items()}
    if not pending:
        return text

    def fill(values: Sequence[str]) -> str:
        filled = text
        for placeholder, value in zip(pending, values, strict=True):
            filled = filled.replace(placeholder, value)
        return filled

    return pulumi.Output.all(*pending.values()).apply(fill)


def _permissions(grants: Sequence[Grant], user: str) -> Iterator[Permission]:
    for grant in grants:
        match grant.on:
            case AwsBucketRef() as bucket:
                yield from _bucket(grant, bucket)
            case AwsDatabaseRef() as database:
                yield _database(grant, database, user)
            case AwsCacheRef() as cache:
                yield _cache(grant, cache)
            case RepositoryRef(registry=AwsRegistryRef() as registry, repository=repository):
                arn = registry.repository_arns[repository]
                actions = _actions(grant, IMAGE_ACTIONS)
                yield _permission(grant.key, actions, (arn,))
            case _:
                raise TypeError(f"{grant.key} is not on AWS: {type(grant.on).__name__}")
    if any(grant.thing is Thing.REPOSITORY for grant in grants):
        yield _permission("registry", ("ecr:GetAuthorizationToken",), ("*",))


def _bucket(grant: Grant, bucket: AwsBucketRef) -> Iterator[Permission]:
    cloud = bucket.cloud
    arn = f"arn:{cloud.partition}:s3:::{bucket.bucket_name}"
    if actions := _actions(grant, OBJECT_ACTIONS):
        yield _permission(f"{grant.key}-objects", actions, (f"{arn}/*",))
    if Action.LIST in grant.actions:
        actions = ("s3:GetBucketLocation", "s3:ListBucket")
        yield _permission(f"{grant.key}-names", actions, (arn,))
    if actions := _actions(grant, KEY_ACTIONS):
        key = _placeholder(f"{grant.key}-key")
        # The key is that of every bucket; the context says which one it is used for.
        conditions: dict[str, dict[str, str | list[str]]] = {
            "StringEquals": {"kms:ViaService": f"s3.{cloud.region}.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn, f"{arn}/*"]},
        }
        statement = Statement(_sid(f"{grant.key}-key"), actions, (key,), conditions=conditions)
        yield Permission(f"{grant.key}-key", statement, {key: bucket.key_arn})


def _database(grant: Grant, database: AwsDatabaseRef, user: str) -> Permission:
    if user == database.username:
        raise ValueError(
            f"it would connect to database {grant.name} as {user}, which owns it:"
            " give the identity another name"
        )
    cloud = database.cloud
    server = _placeholder(grant.key)
    arn = f"arn:{cloud.partition}:rds-db:{cloud.region}:{cloud.account_id}:dbuser:{server}/{user}"
    pending = {server: database.resource_id}
    return _permission(grant.key, ("rds-db:connect",), (arn,), pending)


def _cache(grant: Grant, cache: AwsCacheRef) -> Permission:
    group, user = _placeholder(grant.key), _placeholder(f"{grant.key}-user")
    pending = {group: cache.group_arn, user: cache.user_arn}
    return _permission(grant.key, ("elasticache:Connect",), (group, user), pending)


def _permission(
    key: str,
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    pending: Mapping[str, pulumi.Output[str]] | None = None,
) -> Permission:
    return Permission(key, Statement(_sid(key), actions, resources), pending or {})


def _actions(grant: Grant, table: Mapping[Action, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({each for action in grant.actions for each in table.get(action, ())}))


def _placeholder(key: str) -> str:
    return f"<{key}>".ljust(LONGEST_ARN, "-")


def _sid(key: str) -> str:
    """``key`` in the letters that a statement's id may have; different for different keys."""
    spaced = re.sub(r"[-._]", lambda found: _WORDS[found[0]], key)
    return "".join(word[0].upper() + word[1:] for word in spaced.split())

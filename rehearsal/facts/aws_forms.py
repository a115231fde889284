"""Forms that facts of Amazon Web Services share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.facts.fact import Facts, Making, Recipe

NAMED: Final = ("name", "namePrefix", "region")
POSTGRES_PORT: Final = 5432
_PORTS: Final = {"mysql": 3306, "mariadb": 3306, "oracle": 1521, "sqlserver": 1433}


def named(
    service: str,
    resource: str,
    *replaces: str,
    name_limit: int = 255,
    more: Mapping[str, Recipe] | None = None,
    **outputs: Recipe,
) -> Facts:
    """A type whose name is its id.

    ``resource`` is the last part of its ARN, ``more`` are further outputs, such as paths.
    """
    arn = f"arn:aws:{service}:{{region}}:{{account}}:{resource}"
    return Facts(
        id="{name}",
        outputs={"arn": arn, **outputs, **(more or {})},
        replaces=(*NAMED, *replaces),
        name_limit=name_limit,
    )


def keyed(
    service: str,
    key: str,
    resource: str,
    *replaces: str,
    name_limit: int = 255,
    defaults: Mapping[str, Any] | None = None,
    **outputs: Recipe,
) -> Facts:
    """A type whose id is the input ``key``, which names it."""
    arn = f"arn:aws:{service}:{{region}}:{{account}}:{resource}"
    return Facts(
        id=f"{{{key}}}",
        outputs={"arn": arn, **outputs},
        replaces=(key, "region", *replaces),
        name=key,
        name_limit=name_limit,
        defaults=defaults or {},
    )


def iam(resource: str, *replaces: str, **outputs: Recipe) -> Facts:
    """A named identity, which belongs to no region."""
    arn = f"arn:aws:iam::{{account}}:{resource}"
    return Facts(
        id="{name}",
        outputs={"arn": arn, "createDate": "2026-01-01T00:00:00Z", **outputs},
        replaces=("name", "namePrefix", "path", *replaces),
        name_limit=64,
    )


def of_bucket(*replaces: str, **outputs: Recipe) -> Facts:
    """A setting of a bucket."""
    return Facts(
        id="{bucket}",
        outputs=outputs,
        replaces=("bucket", "expectedBucketOwner", "region", *replaces),
        name="",
    )


def engine_port(making: Making) -> int:
    """The port of a database engine."""
    engine = str(making.inputs.get("engine", "")).removeprefix("aurora-").split("-")[0]
    return _PORTS.get(engine, POSTGRES_PORT)


def managed_secret(making: Making, kind: str) -> list[dict[str, Any]]:
    """The secret in which the database service keeps a password of its own making."""
    if making.inputs.get("manageMasterUserPassword") is not True:
        return []
    arn = making.text(
        f"arn:aws:secretsmanager:{{region}}:{{account}}:secret:rds!{kind}-{{uuid}}-{{alpha6}}",
        "master",
    )
    key = making.inputs.get("masterUserSecretKmsKeyId") or making.text(
        "arn:aws:kms:{region}:{account}:key/{uuid}", "master-key"
    )
    return [{"kmsKeyId": key, "secretArn": arn, "secretStatus": "active"}]

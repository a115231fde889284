"""What holds something that nothing else holds, and whether the stack file lets it go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Protocol

import yaml

APPROVAL_DAYS: Final = 14

# By resource type, what is gone with it.
STATEFUL: Final[Mapping[str, str]] = {
    "aws:ecr/repository:Repository": "its images",
    "aws:eks/cluster:Cluster": "the cluster and everything that runs in it",
    "aws:elasticache/replicationGroup:ReplicationGroup": "the cache and its data",
    "aws:kms/key:Key": "the key, and with it everything it encrypts",
    "aws:rds/cluster:Cluster": "the database and its data",
    "aws:rds/instance:Instance": "the database and its data",
    "aws:route53/zone:Zone": "the zone, its records and its name servers",
    "aws:s3/bucket:Bucket": "the objects in it",
    "aws:secretsmanager/secret:Secret": "the secret",
    "docker:index/volume:Volume": "the data on it",
    "gcp:artifactregistry/repository:Repository": "its images",
    "gcp:container/cluster:Cluster": "the cluster and everything that runs in it",
    "gcp:dns/managedZone:ManagedZone": "the zone, its records and its name servers",
    "gcp:kms/cryptoKey:CryptoKey": "the key, and with it everything it encrypts",
    "gcp:kms/keyRing:KeyRing": "the keys in it, and with them everything they encrypt",
    "gcp:memorystore/instance:Instance": "the cache and its data",
    "gcp:secretmanager/secret:Secret": "the secret",
    "gcp:sql/database:Database": "the data in it",
    "gcp:sql/databaseInstance:DatabaseInstance": "the database and its data",
    "gcp:storage/bucket:Bucket": "the objects in it",
    "kubernetes:core/v1:Namespace": "everything in it, its volumes too",
    "kubernetes:core/v1:PersistentVolumeClaim": "the data on it",
    "random:index/randomBytes:RandomBytes": "the secret",
    "random:index/randomPassword:RandomPassword": "the password",
    "tls:index/privateKey:PrivateKey": "the key",
}


# Volumes of a workload's files, which are made anew with every change of them.
_DERIVED: Final = {"docker:index/volume:Volume": "-files-"}


def holds_data(resource_type: str, name: str) -> bool:
    """Whether a resource holds something that nothing else holds."""
    derived = _DERIVED.get(resource_type)
    return resource_type in STATEFUL and (derived is None or derived not in name)


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """A stateful resource that an update deletes or replaces; ``verb`` says which."""

    type: str
    name: str
    verb: str


class Approval(Protocol):
    """A loss that the stack file lets happen, up to and including the day ``until``."""

    @property
    def type(self) -> str:
        """Type token of the resource."""
        ...

    @property
    def name(self) -> str:
        """Name of the resource."""
        ...

    @property
    def until(self) -> date:
        """The last day it holds."""
        ...


def refused(losses: Iterable[Loss], approvals: Sequence[Approval], today: date) -> list[Loss]:
    """The losses that no approval covers on the day ``today``, in order."""
    approved = {(each.type, each.name) for each in approvals if each.until >= today}
    return sorted(loss for loss in set(losses) if (loss.type, loss.name) not in approved)


def refusal(losses: Sequence[Loss], approvals: Sequence[Approval], stack: str, today: date) -> str:
    """What the user is told: everything that would be lost, and how to let it go.

    Args:
        losses: what ``refused`` returned; at least one.
        approvals: what the stack file approves, for those that have run out.
        stack: the name of the stack.
        today: the day it is.
    """
    ended = {(each.type, each.name): each.until for each in approvals}
    lines = [f"This would lose for good what {_counted(losses)} of {stack} hold:"]
    for loss in losses:
        until = ended.get((loss.type, loss.name))
        past = f"; its approval ended on {until}" if until else ""
        lines.append(f"  {loss.verb} {loss.type} {loss.name}: {STATEFUL[loss.type]}{past}")
    lines += [
        (
            "Keep them in the settings, or, if they may go, say so under plinth:settings in"
            f" Pulumi.{stack}.yaml:"
        ),
        *(f"  {line}" for line in _example(losses, today)),
    ]
    return "\n".join(lines)


def _counted(losses: Sequence[Loss]) -> str:
    return "1 resource" if len(losses) == 1 else f"{len(losses)} resources"


def _example(losses: Sequence[Loss], today: date) -> list[str]:
    entries: list[dict[str, Any]] = [
        {
            "type": loss.type,
            "name": loss.name,
            "reason": "why nobody needs it any more",
            "until": (today + timedelta(days=APPROVAL_DAYS)).isoformat(),
        }
        for loss in losses
    ]
    return yaml.safe_dump({"approved_losses": entries}, sort_keys=False).splitlines()

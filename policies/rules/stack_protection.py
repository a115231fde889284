"""What keeps data: protected from deletion where it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from policies.examples import example
from policies.rule import PROD, Check, Demand, Rule, Severity
from policies.subject import Resource, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth, truth


@dataclass(frozen=True, slots=True)
class _Stateful:
    """A type that keeps data, the property that makes its provider refuse to delete it, if any.

    ``on`` is what the property holds then, ``unset`` what it reads as where it is left out.

    Source: the documentation of the properties in pulumi-aws 7.51 and pulumi-gcp 10.2.
    """

    type: str
    guard: str = ""
    unset: bool = False
    on: bool | str = True


_PROTECTION: Final = "deletionProtection"
_ENABLED: Final = "deletionProtectionEnabled"
_STATEFUL: Final = (
    _Stateful("aws:rds/instance:Instance", _PROTECTION),
    _Stateful("aws:rds/cluster:Cluster", _PROTECTION),
    _Stateful("aws:rds/globalCluster:GlobalCluster", _PROTECTION),
    _Stateful("aws:docdb/cluster:Cluster", _PROTECTION),
    _Stateful("aws:neptune/cluster:Cluster", _PROTECTION),
    _Stateful("aws:dynamodb/table:Table", _ENABLED),
    _Stateful("aws:eks/cluster:Cluster", _PROTECTION),
    _Stateful("aws:backup/vault:Vault"),
    _Stateful("aws:efs/fileSystem:FileSystem"),
    _Stateful("aws:elasticache/replicationGroup:ReplicationGroup"),
    _Stateful("aws:kms/key:Key"),
    _Stateful("aws:memorydb/cluster:Cluster"),
    _Stateful("aws:msk/cluster:Cluster"),
    _Stateful("aws:opensearch/domain:Domain"),
    _Stateful("aws:redshift/cluster:Cluster"),
    _Stateful("aws:s3/bucket:Bucket"),
    _Stateful("gcp:sql/databaseInstance:DatabaseInstance", _PROTECTION, unset=True),
    _Stateful("gcp:container/cluster:Cluster", _PROTECTION, unset=True),
    _Stateful("gcp:alloydb/cluster:Cluster", _PROTECTION, unset=True),
    _Stateful("gcp:bigtable/instance:Instance", _PROTECTION, unset=True),
    _Stateful("gcp:spanner/database:Database", _PROTECTION, unset=True),
    _Stateful("gcp:redis/instance:Instance", _PROTECTION, unset=True),
    _Stateful("gcp:redis/cluster:Cluster", _ENABLED, unset=True),
    _Stateful("gcp:memorystore/instance:Instance", _ENABLED),
    _Stateful("gcp:filestore/instance:Instance", _ENABLED),
    _Stateful(
        "gcp:firestore/database:Database", "deleteProtectionState", on="DELETE_PROTECTION_ENABLED"
    ),
    _Stateful("gcp:backupdisasterrecovery/backupVault:BackupVault"),
    _Stateful("gcp:kms/cryptoKey:CryptoKey"),
    _Stateful("gcp:storage/bucket:Bucket"),
)


def _guarded(stateful: _Stateful) -> Callable[[Subject], Iterator[Demand]]:
    def judge(subject: Subject) -> Iterator[Demand]:
        protected = truth(subject.resource.protect)
        if not stateful.guard:
            yield Demand(protected, subject, "is not protected from deletion")
            return
        if isinstance(stateful.on, str):
            guard = subject.at(stateful.guard)
            refuses = guard.is_one_of(stateful.on)
        else:
            guard = subject.at(stateful.guard, absent=stateful.unset)
            refuses = guard.is_true()
        # An option is known for certain, and off unless somebody set it.
        holds = Truth.YES if protected is Truth.YES else refuses
        yield Demand(holds, guard, "is off, and nothing else protects from deletion")

    return judge


def _protected(stateful: _Stateful) -> Check:
    guard = stateful.guard

    def kept(value: Any = None, *, protect: bool = False) -> Resource:
        props = {guard: value} if guard and value is not None else {}
        return example(stateful.type, "orders", props, protect=protect)

    if not guard:
        return Check(
            type=stateful.type,
            demand="Pulumi refuses to delete the resource.",
            reads=(),
            absent="The option protect left out violates.",
            judge=_guarded(stateful),
            environments=PROD,
            good={"protected": kept(protect=True)},
            bad={"left out": kept()},
            undecided={},
        )
    off, unknown = (False, UNKNOWN_BOOLEAN) if stateful.on is True else ("DISABLED", UNKNOWN_STRING)
    left_out = {"left out": kept()}
    return Check(
        type=stateful.type,
        demand="Pulumi or the provider refuses to delete the resource.",
        reads=(guard,),
        absent=f"{guard} left out is {'on' if stateful.unset else 'off'}.",
        judge=_guarded(stateful),
        environments=PROD,
        good={
            "protected by Pulumi": kept(protect=True),
            "protected by the provider": kept(stateful.on),
            "protected by Pulumi alone": kept(off, protect=True),
            "protected by Pulumi, the rest not known": kept(unknown, protect=True),
            **(left_out if stateful.unset else {}),
        },
        bad={"off": kept(off), **({} if stateful.unset else left_out)},
        undecided={"not known": kept(unknown)},
    )


PROTECT_STATEFUL: Final = Rule(
    id="stack-protect-stateful",
    title="Databases, buckets, keys, vaults and clusters of production cannot be deleted by mistake",
    reason=(
        "A renamed argument, a lost state file or a resource that left the program is a plan to "
        "delete; what holds data is then gone, and a key takes everything it encrypted with it."
    ),
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=(),
    fix="Set the option protect, or switch the deletion protection of the provider on.",
    source="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
    checks=tuple(map(_protected, _STATEFUL)),
)

"""AWS relational databases: instances, Aurora clusters and their instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from policies.controls import cis_aws, fsbp
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_STRING, Truth, View, truth

_INSTANCE: Final = "aws:rds/instance:Instance"
_CLUSTER: Final = "aws:rds/cluster:Cluster"
_CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
_KEY_ARN: Final = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
_FAR_SOURCE: Final = "arn:aws:rds:us-east-1:111122223333:db:orders"


def _private(instance: Subject) -> Iterator[Demand]:
    public = instance.at("publiclyAccessible", absent=False)
    yield Demand(~public.is_true(), public, "gives the database a public address")


def _instance_encrypted(instance: Subject) -> Iterator[Demand]:
    encrypted = instance.at("storageEncrypted", absent=False)
    key = instance.at("kmsKeyId")
    # RDS ignores storageEncrypted on a replica of another region: there the key decides.
    elsewhere = _source_is_elsewhere(instance)
    yield Demand(
        (elsewhere & key.matches(bool)) | (~elsewhere & encrypted.is_true()),
        key if elsewhere is Truth.YES else encrypted,
        "leaves the storage unencrypted",
    )
    yield from _own_key(instance, key)


def _cluster_encrypted(cluster: Subject) -> Iterator[Demand]:
    serverless = cluster.at("engineMode").is_one_of("serverless")
    encrypted = cluster.at("storageEncrypted")
    yield Demand(
        encrypted.is_true() | (serverless & ~truth(encrypted.is_present)),
        encrypted if encrypted.is_present else cluster.at("engineMode"),
        "leaves the storage unencrypted",
    )
    yield from _own_key(cluster, cluster.at("kmsKeyId"))


def _source_is_elsewhere(instance: Subject) -> Truth:
    """Whether the instance replicates a database of another region, which an ARN names."""
    source = instance.at("replicateSourceDb")
    region = instance.at("region")
    by_arn = source.matches(lambda text: text.startswith("arn:"))
    if by_arn is not Truth.YES:
        return by_arn
    return ~region.matches(lambda name: f":{name}:" in source.raw)


def _own_key(database: Subject, key: View) -> Iterator[Demand]:
    if database.configured["own_key_required"]:
        own = key.matches(lambda text: bool(text) and not text.endswith("alias/aws/rds"))
        yield Demand(own, key, "leaves the storage to the key that AWS manages")


def _no_password(*keys: str) -> Callable[[Subject], Iterator[Demand]]:
    def judge(database: Subject) -> Iterator[Demand]:
        for key in keys:
            password = database.at(key)
            yield Demand(
                truth(not password.is_present), password, "hands a master password to the state"
            )

    return judge


def _cluster_protected(cluster: Subject) -> Iterator[Demand]:
    guard = cluster.at("deletionProtection", absent=False)
    yield Demand(guard.is_true(), guard, "lets the database be deleted")
    skipped = cluster.at("skipFinalSnapshot", absent=False)
    yield Demand(~skipped.is_true(), skipped, "deletes the data without a last snapshot")


def _instance_protected(instance: Subject) -> Iterator[Demand]:
    guard, snapshot = _cluster_protected(instance)
    yield guard
    # RDS takes no final snapshot of a replica: its data is that of the source.
    if not instance.at("replicateSourceDb").is_present:
        yield snapshot


def _private_check(type_: str) -> Check:
    return Check(
        type=type_,
        demand="The database has no public address.",
        reads=("publiclyAccessible",),
        absent="publiclyAccessible left out is false and satisfies.",
        judge=_private,
        good={"private": {"publiclyAccessible": False}, "left out": {}},
        bad={"public": {"publiclyAccessible": True}},
        undecided={"not known": {"publiclyAccessible": UNKNOWN_BOOLEAN}},
    )


NOT_PUBLIC: Final = Rule(
    id="aws-rds-not-public",
    title="Databases have no public address",
    reason=(
        "A public address leaves one security group between the data and everybody; security "
        "groups are edited more often than databases."
    ),
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=(*cis_aws(v7=("3.2.3",), v5=("2.2.3",)), *fsbp("RDS.2")),
    fix="Set publicly_accessible=False and reach the database from inside its VPC.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2",
    checks=(_private_check(_INSTANCE), _private_check(_CLUSTER_INSTANCE)),
)

STORAGE_ENCRYPTED: Final = Rule(
    id="aws-rds-storage-encrypted",
    title="Databases are encrypted at rest",
    reason=(
        "Snapshots, replicas and log files inherit the encryption of the storage, and it cannot "
        "be switched on later without a new database."
    ),
    severity=Severity.HIGH,
    theme=Theme.ENCRYPTION,
    controls=(*cis_aws(v7=("3.2.1",), v5=("2.2.1",)), *fsbp("RDS.3", "RDS.27")),
    fix=(
        "Set storage_encrypted=True and kms_key_id to a key of your own; for a replica of another "
        "region set kms_key_id to a key of the region of the replica."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-3",
    settings=(
        Setting(
            name="own_key_required",
            description="Whether the key AWS manages for RDS counts as a violation.",
            default=False,
        ),
    ),
    checks=(
        Check(
            type=_INSTANCE,
            demand="The storage is encrypted; a replica of another region names its key.",
            reads=("storageEncrypted", "kmsKeyId", "replicateSourceDb", "region"),
            absent=(
                "storageEncrypted left out is false and violates. kmsKeyId left out is the key "
                "AWS manages and violates on a replica of another region, or if an own key is "
                "required. region left out: a source named by ARN is in another one."
            ),
            judge=_instance_encrypted,
            good={
                "encrypted": {"storageEncrypted": True},
                "encrypted with an own key": {"storageEncrypted": True, "kmsKeyId": _KEY_ARN},
                "encrypted, key not known yet": {
                    "storageEncrypted": True,
                    "kmsKeyId": UNKNOWN_STRING,
                },
                "replica of another region with a key": {
                    "replicateSourceDb": _FAR_SOURCE,
                    "kmsKeyId": _KEY_ARN,
                },
                "encrypted replica of the same region, by ARN": {
                    "region": "us-east-1",
                    "replicateSourceDb": _FAR_SOURCE,
                    "storageEncrypted": True,
                },
            },
            bad={
                "not encrypted": {"storageEncrypted": False},
                "left out": {},
                "a key without encryption": {"kmsKeyId": _KEY_ARN},
                "replica of another region without a key": {
                    "replicateSourceDb": _FAR_SOURCE,
                    "storageEncrypted": True,
                },
                "replica of the same region, not encrypted": {"replicateSourceDb": "orders"},
            },
            undecided={
                "not known": {"storageEncrypted": UNKNOWN_BOOLEAN},
                "key of a replica not known": {
                    "replicateSourceDb": _FAR_SOURCE,
                    "kmsKeyId": UNKNOWN_STRING,
                },
                "region of a replica not known": {
                    "region": UNKNOWN_STRING,
                    "replicateSourceDb": _FAR_SOURCE,
                    "storageEncrypted": True,
                },
                "source of a replica not known": {
                    "replicateSourceDb": UNKNOWN_STRING,
                    "storageEncrypted": True,
                },
            },
        ),
        Check(
            type=_CLUSTER,
            demand="The storage is encrypted.",
            reads=("storageEncrypted", "kmsKeyId", "engineMode"),
            absent=(
                "storageEncrypted left out is true for engineMode serverless and satisfies; "
                "otherwise it is false and violates. kmsKeyId left out is the key AWS manages "
                "and violates only if an own key is required."
            ),
            judge=_cluster_encrypted,
            good={
                "encrypted": {"storageEncrypted": True},
                "encrypted, mode and key not known yet": {
                    "storageEncrypted": True,
                    "engineMode": UNKNOWN_STRING,
                    "kmsKeyId": UNKNOWN_STRING,
                },
                "left out, serverless": {"engineMode": "serverless"},
            },
            bad={
                "not encrypted": {"storageEncrypted": False},
                "left out": {},
                "left out, provisioned": {"engineMode": "provisioned"},
                "not encrypted, serverless": {
                    "engineMode": "serverless",
                    "storageEncrypted": False,
                },
                "a key without encryption": {"kmsKeyId": _KEY_ARN},
            },
            undecided={
                "not known": {"storageEncrypted": UNKNOWN_BOOLEAN},
                "left out, mode not known": {"engineMode": UNKNOWN_STRING},
            },
        ),
    ),
)


def _password_check(type_: str, *keys: str) -> Check:
    first, *_ = keys
    return Check(
        type=type_,
        demand="No master password is passed in; the service makes and rotates it.",
        reads=(*keys, "manageMasterUserPassword"),
        absent=(
            "No password property at all satisfies: the service manages the password, or a "
            "replica or restore brings its own. The presence of one violates, known or not."
        ),
        judge=_no_password(*keys),
        good={
            "managed by the service": {"manageMasterUserPassword": True},
            "left out": {},
            "replica": {"replicateSourceDb": "orders"},
            "whether managed is not known": {"manageMasterUserPassword": UNKNOWN_BOOLEAN},
        },
        bad={f"{key} given": {key: "example-password"} for key in keys}
        | {f"{key} given, not known yet": {key: UNKNOWN_STRING} for key in keys}
        | {"managed, and given as well": {"manageMasterUserPassword": True, first: UNKNOWN_STRING}},
        undecided={},
    )


NO_LITERAL_PASSWORD: Final = Rule(
    id="aws-rds-no-literal-password",
    title="The service keeps the master password",
    reason=(
        "A password that Pulumi passes in is kept in the state, write-only properties included, "
        "is known to whoever reads it, and is rotated by nobody."
    ),
    severity=Severity.HIGH,
    theme=Theme.SECRETS,
    controls=(),
    fix=(
        "Remove the password and set manage_master_user_password=True; clients read the secret "
        "that RDS keeps in Secrets Manager."
    ),
    source=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"),
    checks=(
        _password_check(_INSTANCE, "password", "passwordWo"),
        _password_check(_CLUSTER, "masterPassword", "masterPasswordWo"),
    ),
)


_PROTECTED: Final = {"deletionProtection": True}
_PROTECTION_READS: Final = ("deletionProtection", "skipFinalSnapshot")
_PROTECTION_ABSENT: Final = (
    "deletionProtection left out is false and violates. skipFinalSnapshot left out is false and "
    "satisfies."
)
_PROTECTED_CLUSTER: Final = Check(
    type=_CLUSTER,
    demand="The service refuses deletion, and a final snapshot is taken.",
    reads=_PROTECTION_READS,
    absent=_PROTECTION_ABSENT,
    judge=_cluster_protected,
    environments=frozenset({"prod"}),
    good={
        "protected, snapshot left out": _PROTECTED,
        "protected, snapshot taken": {**_PROTECTED, "skipFinalSnapshot": False},
    },
    bad={
        "not protected": {"deletionProtection": False},
        "left out": {},
        "protected, snapshot skipped": {**_PROTECTED, "skipFinalSnapshot": True},
        "protection not known, snapshot skipped": {
            "deletionProtection": UNKNOWN_BOOLEAN,
            "skipFinalSnapshot": True,
        },
    },
    undecided={
        "protection not known": {"deletionProtection": UNKNOWN_BOOLEAN},
        "snapshot not known": {**_PROTECTED, "skipFinalSnapshot": UNKNOWN_BOOLEAN},
    },
)
_PROTECTED_INSTANCE: Final = replace(
    _PROTECTED_CLUSTER,
    type=_INSTANCE,
    reads=(*_PROTECTION_READS, "replicateSourceDb"),
    absent=(
        f"{_PROTECTION_ABSENT} A replica, known by the presence of replicateSourceDb, has no "
        "final snapshot."
    ),
    judge=_instance_protected,
    good={
        **_PROTECTED_CLUSTER.good,
        "protected replica without snapshot": {
            **_PROTECTED,
            "replicateSourceDb": UNKNOWN_STRING,
            "skipFinalSnapshot": True,
        },
    },
)

DELETION_PROTECTION: Final = Rule(
    id="aws-rds-deletion-protection",
    title="Production databases refuse deletion and leave a final snapshot",
    reason="One wrong plan or one wrong click must not be enough to lose the data.",
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=fsbp("RDS.7", "RDS.8"),
    fix="Set deletion_protection=True and skip_final_snapshot=False.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-8",
    checks=(_PROTECTED_INSTANCE, _PROTECTED_CLUSTER),
)

"""How AWS relational databases are run: copies, backups, clients, versions, logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from policies.controls import cis_aws, fsbp
from policies.examples import example
from policies.expected import expects, filled, not_below, on
from policies.rule import PROD, Check, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Resource, Stack, Subject, names
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, some, truth

_INSTANCE: Final = "aws:rds/instance:Instance"
_CLUSTER: Final = "aws:rds/cluster:Cluster"
_CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
_PARAMETERS: Final = "aws:rds/parameterGroup:ParameterGroup"
_CLUSTER_PARAMETERS: Final = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
_ENOUGH: Final = 2


def _spread(cluster: Subject, stack: Stack) -> Iterator[Demand]:
    aurora = cluster.at("engine").matches(lambda text: text.startswith("aurora"))
    members = [
        names(each, "clusterIdentifier", cluster.resource) for each in stack.of(_CLUSTER_INSTANCE)
    ]
    certain = members.count(Truth.YES)
    possible = certain + members.count(Truth.UNKNOWN)
    enough = truth(certain >= _ENOUGH)
    if certain < _ENOUGH <= possible:
        enough = Truth.UNKNOWN
    yield Demand(~aurora | enough, cluster, "has no second instance to fail over to")


def _kept(default: int) -> Check:
    def judge(database: Subject) -> Iterator[Demand]:
        days = database.at("backupRetentionPeriod", absent=default)
        least: int = database.configured["least_days"]
        yield Demand(not_below(days, max(least, 1)), days, "keeps backups for too few days")

    return Check(
        type=_INSTANCE if default == 0 else _CLUSTER,
        demand="Backups are kept for the configured number of days at least.",
        reads=("backupRetentionPeriod",),
        absent=f"backupRetentionPeriod left out is {default} and violates.",
        judge=judge,
        good={
            "seven days": {"backupRetentionPeriod": 7},
            "five weeks": {"backupRetentionPeriod": 35},
        },
        bad={
            "none": {"backupRetentionPeriod": 0},
            "six days": {"backupRetentionPeriod": 6},
            "left out": {},
        },
        undecided={"not known": {"backupRetentionPeriod": UNKNOWN_NUMBER}},
    )


def _can_use_iam(database: Subject) -> Truth:
    """Whether the engine signs users in with IAM; a replica leaves its engine to its source."""
    engine = database.at("engine", absent="postgres")
    return engine.matches(
        lambda text: text.removeprefix("aurora-").startswith(("postgres", "mysql"))
    )


def _forced(group: Subject) -> Iterator[Demand]:
    family = group.at("family")
    for beginning, name in (("postgres", "rds.force_ssl"), ("mysql", "require_secure_transport")):
        meant = family.matches(_of_family(group.resource.type, beginning))
        parameters = list(group.at("parameters").elements())
        switched = some(
            each.at("name").is_one_of(name) & each.at("value").is_one_of("1", "ON", "on", "true")
            for each in parameters
        )
        yield Demand(~meant | switched, group.at("parameters"), "lets clients in without TLS")


def _of_family(type_: str, beginning: str) -> Callable[[str], bool]:
    def is_meant(family: str) -> bool:
        # A Multi-AZ cluster, unlike Aurora, takes the families of instances.
        own = family.removeprefix("aurora-") if type_ == _CLUSTER_PARAMETERS else family
        return own.startswith(beginning)

    return is_meant


def _own_parameters(key: str) -> Callable[[Subject], Iterator[Demand]]:
    def judge(database: Subject) -> Iterator[Demand]:
        group = database.at(key, absent="default.")
        own = ~group.matches(lambda text: text.startswith("default."))
        yield Demand(own, group, "takes its parameters from the default group")

    return judge


def _made_here(key: str, type_: str) -> Callable[[Subject, Stack], Iterator[Demand]]:
    def judge(database: Subject, stack: Stack) -> Iterator[Demand]:
        group = database.at(key)
        made = any(each.type == type_ for each in stack.behind(database.resource, key))
        known = group.is_known or not group.is_present or made
        yield Demand(truth(known) | Truth.UNKNOWN, group, "takes its parameters from elsewhere")

    return judge


_AURORA: Final = example(_CLUSTER, "orders", {"id": UNKNOWN_STRING, "engine": "aurora-postgresql"})

_OTHER: Final = example(_CLUSTER, "users", {"id": UNKNOWN_STRING})


def _member(name: str, cluster: Resource | None = _AURORA) -> Resource:
    made_from = {"clusterIdentifier": [cluster]} if cluster else None
    return example(
        _CLUSTER_INSTANCE, name, {"clusterIdentifier": UNKNOWN_STRING}, made_from=made_from
    )


MULTI_AZ: Final = Rule(
    id="aws-rds-multi-az",
    title="Production databases have a standby",
    reason="Without one, the loss of a zone is the loss of the database until a backup is restored.",
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=(*cis_aws(v7=("3.2.4",), v5=("2.2.4",)), *fsbp("RDS.5", "RDS.15")),
    fix="Set multi_az=True, or give an Aurora cluster a second instance in another zone.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-5",
    checks=(
        expects(
            _INSTANCE,
            "The database has a standby in another zone.",
            on("multiAz", "has no standby"),
            environments=PROD,
        ),
    ),
    stack_checks=(
        StackCheck(
            type=_CLUSTER,
            demand="An Aurora cluster has two instances at least.",
            reads={_CLUSTER: ("engine",), _CLUSTER_INSTANCE: ("clusterIdentifier",)},
            absent=(
                "engine left out, and any that is not Aurora, is a Multi-AZ cluster and satisfies. "
                "An instance without clusterIdentifier counts for none."
            ),
            judge=_spread,
            environments=PROD,
            good={
                "two instances": (_AURORA, _member("orders-a"), _member("orders-b")),
                "not Aurora": (example(_CLUSTER, "orders", {"engine": "postgres"}),),
            },
            bad={
                "no instance": (_AURORA,),
                "one instance": (_AURORA, _member("orders-a")),
                "the second one of another cluster": (
                    _AURORA,
                    _OTHER,
                    _member("orders-a"),
                    _member("users-a", _OTHER),
                ),
            },
            undecided={
                "the cluster of the second one not known": (
                    _AURORA,
                    _member("orders-a"),
                    _member("orders-b", None),
                ),
                "engine not known": (example(_CLUSTER, "orders", {"engine": UNKNOWN_STRING}),),
            },
        ),
    ),
)

BACKUP_RETENTION: Final = Rule(
    id="aws-rds-backup-retention",
    title="Databases are backed up, and backups are kept",
    reason="Most damage to data is noticed days later; what is older than the backups is gone.",
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=fsbp("RDS.11"),
    fix="Set backup_retention_period to 7 or more days.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-11",
    settings=(
        Setting(
            name="least_days",
            description="The days for which backups are kept at least.",
            default=7,
        ),
    ),
    checks=(_kept(0), _kept(1)),
)

MINOR_UPGRADES: Final = Rule(
    id="aws-rds-minor-upgrades",
    title="Databases install minor versions",
    reason="Minor versions close known flaws; whoever skips them keeps the flaws.",
    severity=Severity.MEDIUM,
    theme=Theme.SUPPLY,
    controls=(*cis_aws(v7=("3.2.2",), v5=("2.2.2",)), *fsbp("RDS.13", "RDS.35")),
    fix="Leave auto_minor_version_upgrade on; a maintenance window says when.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-13",
    checks=tuple(
        expects(
            type_,
            "Minor versions are installed.",
            on("autoMinorVersionUpgrade", "stays on a version with known flaws", left_out=True),
        )
        for type_ in (_INSTANCE, _CLUSTER_INSTANCE)
    ),
)

IAM_AUTH: Final = Rule(
    id="aws-rds-iam-auth",
    title="Databases sign users in with IAM",
    reason="A credential that lives for minutes need not be kept, shared or rotated.",
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    controls=fsbp("RDS.10", "RDS.12"),
    fix="Set iam_database_authentication_enabled=True.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-10",
    checks=tuple(
        expects(
            type_,
            "Sign-in with IAM is on, where the engine can.",
            on("iamDatabaseAuthenticationEnabled", "knows passwords only"),
            applies=_can_use_iam,
            applies_reads=("engine",),
            foreign={"another engine": {"engine": "sqlserver-ex"}},
        )
        for type_ in (_INSTANCE, _CLUSTER)
    ),
)


def _tls_check(type_: str, postgres: str, mysql: str) -> Check:
    def group(family: str, name: str, value: str) -> dict[str, Any]:
        return {"family": family, "parameters": [{"name": name, "value": value}]}

    force = "rds.force_ssl"
    return Check(
        type=type_,
        demand="A group for PostgreSQL or MySQL makes clients use TLS.",
        reads=("family", "parameters.name", "parameters.value"),
        absent=(
            "family left out is no engine the rule knows and satisfies. A parameter left out has "
            "the default of its version and violates."
        ),
        judge=_forced,
        good={
            "PostgreSQL": group(postgres, force, "1"),
            "MySQL": group(mysql, "require_secure_transport", "ON"),
            "another engine": {"family": "sqlserver-ex-16.0"},
            "left out": {},
        },
        bad={
            "PostgreSQL, off": group(postgres, force, "0"),
            "MySQL, off": group(mysql, "require_secure_transport", "OFF"),
            "PostgreSQL, no parameters": {"family": postgres},
            "PostgreSQL, other parameters": group(postgres, "log_connections", "1"),
            "no value": {"family": postgres, "parameters": [{"name": force}]},
            "no name": {"family": postgres, "parameters": [{"value": "1"}]},
        },
        undecided={
            "family not known": group(UNKNOWN_STRING, "log_connections", "1"),
            "parameters not known": {"family": postgres, "parameters": UNKNOWN_ARRAY},
            "name not known": group(postgres, UNKNOWN_STRING, "1"),
            "value not known": group(postgres, force, UNKNOWN_STRING),
        },
    )


def _own_group_check(type_: str, key: str) -> Check:
    return Check(
        type=type_,
        demand="Parameters come from a group of its own.",
        reads=(key,),
        absent=f"{key} left out is the default group and violates.",
        judge=_own_parameters(key),
        good={"its own": {key: "orders-parameters"}},
        bad={"left out": {}, "the default": {key: "default.postgres17"}},
        undecided={"not known": {key: UNKNOWN_STRING}},
    )


def _own_group_settled(type_: str, key: str, group: str) -> StackCheck:
    parameters = example(group, "orders", {"id": UNKNOWN_STRING})
    return StackCheck(
        type=type_,
        demand="A group that is not known yet is one of the stack, which is judged itself.",
        reads={type_: (key,)},
        absent="Nothing is read: a group that is left out is judged on its own.",
        judge=_made_here(key, group),
        settles=True,
        good={
            "a group of the stack": (
                parameters,
                example(type_, "orders", {key: UNKNOWN_STRING}, made_from={key: [parameters]}),
            ),
            "known": (example(type_, "orders", {key: "orders-parameters"}),),
        },
        bad={},
        undecided={
            "from nothing known": (parameters, example(type_, "orders", {key: UNKNOWN_STRING})),
        },
    )


FORCE_TLS: Final = Rule(
    id="aws-rds-force-tls",
    title="Databases let nobody in without TLS",
    reason="A client that falls back to clear text sends its password and every row in clear.",
    severity=Severity.HIGH,
    theme=Theme.TRANSIT,
    controls=fsbp("RDS.38", "RDS.39"),
    fix=(
        "Create a parameter group with rds.force_ssl=1 for PostgreSQL or "
        "require_secure_transport=ON for MySQL, and give it to the database."
    ),
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-38",
    checks=(
        _tls_check(_PARAMETERS, "postgres17", "mysql8.4"),
        _tls_check(_CLUSTER_PARAMETERS, "aurora-postgresql17", "aurora-mysql8.0"),
        _own_group_check(_INSTANCE, "parameterGroupName"),
        _own_group_check(_CLUSTER, "dbClusterParameterGroupName"),
    ),
    stack_checks=(
        _own_group_settled(_INSTANCE, "parameterGroupName", _PARAMETERS),
        _own_group_settled(_CLUSTER, "dbClusterParameterGroupName", _CLUSTER_PARAMETERS),
    ),
)

LOG_EXPORTS: Final = Rule(
    id="aws-rds-log-exports",
    title="Databases export their logs",
    reason="The logs on an instance are gone with it, and nobody can be alarmed by them.",
    severity=Severity.MEDIUM,
    theme=Theme.LOGGING,
    controls=fsbp("RDS.9", "RDS.36", "RDS.37"),
    fix="Set enabled_cloudwatch_logs_exports to the logs of the engine.",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-9",
    checks=tuple(
        expects(
            type_,
            "Logs of the engine are exported.",
            filled("enabledCloudwatchLogsExports", "exports no logs", example="postgresql"),
        )
        for type_ in (_INSTANCE, _CLUSTER)
    ),
)

"""AWS Backup: who is backed up, and who can take backups away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from policies.backup_selections import KINDS, PLAN, SELECTION, selections_of
from policies.companions import companions
from policies.examples import example
from policies.expected import expects, given, not_below, off
from policies.rule import PROD, Demand, Rule, Setting, Severity, StackCheck
from policies.subject import Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_ARRAY, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, some, truth

_VAULT: Final = "aws:backup/vault:Vault"
_LOCK: Final = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
_INSTANCE: Final = "aws:rds/instance:Instance"
_COPIES: Final = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
_COPIES_DAYS: Final = 7
_DOCS: Final = "https://docs.aws.amazon.com/aws-backup/latest/devguide"


def _locked(vault: Subject, stack: Stack) -> Iterator[Demand]:
    locks = companions(stack, _LOCK, "backupVaultName", _VAULT).of(vault.resource)
    locked = some(is_its & not_below(lock.at("minRetentionDays"), 1) for lock, is_its in locks)
    yield Demand(locked, vault, "has no lock that keeps backups from being deleted")


def _covered(resource: Subject, stack: Stack) -> Iterator[Demand]:
    least: int = resource.configured["least_days"]
    covered = some(
        taken & _runs(plans, least)
        for plans, taken in selections_of(stack).taking(resource.resource)
    )
    if resource.resource.type == _INSTANCE and covered is not Truth.YES:
        covered |= _copied(resource, stack, least)
    yield Demand(covered, resource, "is in no selection of a backup plan that runs on a schedule")


def _copied(instance: Subject, stack: Stack, least_days: int) -> Truth:
    """Whether the automated backups of an instance are copied to another region and kept there."""
    copies = companions(stack, _COPIES, "sourceDbInstanceArn", _INSTANCE)
    return some(
        is_its & not_below(copy.at("retentionPeriod", absent=_COPIES_DAYS), least_days)
        for copy, is_its in copies.of(instance.resource, name="arn")
    )


def _runs(plans: list[Resource] | None, least_days: int) -> Truth:
    if plans is None:
        return Truth.UNKNOWN
    runs = [
        some(_is_rule(rule, least_days) for rule in View(plan.props).at("rules").elements())
        for plan in plans
    ]
    return runs[0] if len(runs) == 1 else Truth.UNKNOWN


def _is_rule(rule: View, least_days: int) -> Truth:
    """Whether a rule of a plan makes backups by itself and keeps them long enough."""
    schedule = rule.at("schedule")
    days = rule.at("lifecycle", "deleteAfter")
    number = days.number()
    for_ever = ~days.is_given() | truth(number is not None and number <= 0)
    return schedule.is_given() & ~schedule.is_one_of("") & (for_ever | not_below(days, least_days))


def _lock(vault: Resource | None, **props: Any) -> Resource:
    made_from = {"backupVaultName": [vault]} if vault else None
    return example(
        _LOCK,
        "orders",
        {"backupVaultName": UNKNOWN_STRING, "minRetentionDays": 7, **props},
        made_from=made_from,
    )


_ORDERS: Final = example(_VAULT, "orders", {"id": UNKNOWN_STRING})
_USERS: Final = example(_VAULT, "users", {"id": UNKNOWN_STRING})

VAULT_PROTECTED: Final = Rule(
    id="aws-backup-vault-protected",
    title="Vaults are encrypted with a key of their owner, and in production nobody empties them",
    reason="Whoever takes data for ransom deletes the backups first.",
    severity=Severity.MEDIUM,
    theme=Theme.RESILIENCE,
    controls=(),
    fix=(
        "Set kms_key_arn; in production leave force_destroy out and create an "
        "aws.backup.VaultLockConfiguration for the vault with min_retention_days."
    ),
    source=f"{_DOCS}/vault-lock.html",
    checks=(
        expects(
            _VAULT,
            "The vault has a key of its owner.",
            given(
                "kmsKeyArn",
                "is encrypted with no key of its owner",
                example="arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d",
            ),
        ),
        expects(
            _VAULT,
            "The vault is not deleted while it holds backups.",
            off("forceDestroy", "lets backups be deleted with the vault"),
            environments=PROD,
        ),
    ),
    stack_checks=(
        StackCheck(
            type=_VAULT,
            demand="Every vault has a lock in the stack that sets how long backups stay at least.",
            reads={_VAULT: ("name",), _LOCK: ("backupVaultName", "minRetentionDays")},
            absent=(
                "No lock for the vault violates, and so does one without minRetentionDays. The "
                "name of the vault or, while it is unknown, the dependencies of backupVaultName "
                "tell which vault is meant."
            ),
            judge=_locked,
            environments=PROD,
            good={
                "locked": (_ORDERS, _lock(_ORDERS)),
                "locked for a day": (_ORDERS, _lock(_ORDERS, minRetentionDays=1)),
                "locked, by name": (
                    example(_VAULT, "orders", {"id": UNKNOWN_STRING, "name": "orders-0a1b"}),
                    _lock(None, backupVaultName="orders-0a1b"),
                ),
            },
            bad={
                "no lock": (_ORDERS,),
                "the lock of another vault": (_ORDERS, _USERS, _lock(_USERS)),
                "a lock for no time": (_ORDERS, _lock(_ORDERS, minRetentionDays=0)),
                "a lock without a time": (_ORDERS, _lock(_ORDERS, minRetentionDays=None)),
            },
            undecided={
                "time not known": (_ORDERS, _lock(_ORDERS, minRetentionDays=UNKNOWN_NUMBER)),
                "vault not known": (_ORDERS, _lock(None)),
            },
        ),
    ),
)


def _plan(*rules: Mapping[str, Any]) -> Resource:
    return example(PLAN, "nightly", {"id": UNKNOWN_STRING, "rules": list(rules)})


_NIGHTLY: Final = {"ruleName": "nightly", "schedule": "cron(0 2 * * ? *)"}
_PLAN: Final = _plan(_NIGHTLY)


def _selection(
    made_from: Mapping[str, list[Resource]] | None = None,
    *,
    plan: Resource = _PLAN,
    **props: Any,
) -> Resource:
    return example(
        SELECTION,
        "nightly",
        {"planId": UNKNOWN_STRING, **props},
        made_from={"planId": [plan], **(made_from or {})},
    )


def _tagged(key: str = "Backup", value: str = "nightly") -> dict[str, Any]:
    return {"selectionTags": [{"type": "STRINGEQUALS", "key": key, "value": value}]}


def _coverage(type_: str) -> StackCheck:
    kind = KINDS[type_]
    mine = example(type_, "orders", {"id": UNKNOWN_STRING, "tags": {"Backup": "nightly"}})
    other = example(type_, "users", {"id": UNKNOWN_STRING})
    whole_kind = f"arn:aws:{kind.service}:*:*:{kind.prefix}*"
    by_arn = _selection({"resources": [mine]}, resources=[UNKNOWN_STRING])

    def by_plan(**changed: Any) -> tuple[Resource, ...]:
        plan = _plan({**_NIGHTLY, **changed})
        return mine, plan, _selection(plan=plan, resources=[whole_kind])

    return StackCheck(
        type=type_,
        demand=(
            "A selection takes it in, of a plan that has a rule with a schedule and keeps backups "
            "for the configured number of days at least."
        ),
        reads={
            type_: ("tags", "region") if kind.name == "id" else ("tags", "region", kind.name),
            SELECTION: (
                "resources",
                "notResources",
                "selectionTags.type",
                "selectionTags.key",
                "selectionTags.value",
                "conditions",
                "planId",
            ),
            PLAN: ("rules.schedule", "rules.lifecycle.deleteAfter"),
        },
        absent=(
            "No selection that takes it in violates; one with neither resources nor selectionTags "
            "takes in everything. schedule left out violates; deleteAfter left out is never. What "
            "was made from what tells which resources are meant while ARNs are unknown."
        ),
        judge=_covered,
        environments=PROD,
        good={
            "selected by ARN": (mine, _PLAN, by_arn),
            "selected with its whole kind": (mine, _PLAN, _selection(resources=[whole_kind])),
            "selected by tag": (mine, _PLAN, _selection(**_tagged())),
            "everything selected": (mine, _PLAN, _selection()),
            "backups kept for a week": by_plan(lifecycle={"deleteAfter": 7}),
        },
        bad={
            "no selection": (mine, _PLAN),
            "another one selected": (
                mine,
                other,
                _PLAN,
                _selection({"resources": [other]}, resources=[UNKNOWN_STRING]),
            ),
            "selected by another tag": (mine, _PLAN, _selection(**_tagged("Copy"))),
            "left out by ARN": (
                mine,
                _PLAN,
                _selection(
                    {"notResources": [mine]},
                    resources=[whole_kind],
                    notResources=[UNKNOWN_STRING],
                ),
            ),
            "no rule": (mine, _plan(), _selection(plan=_plan(), resources=["*"])),
            "no schedule": by_plan(schedule=None),
            "backups kept for six days": by_plan(lifecycle={"deleteAfter": 6}),
        },
        undecided={
            "ARNs not known": (mine, _PLAN, _selection(resources=UNKNOWN_ARRAY)),
            "schedule not known": by_plan(schedule=UNKNOWN_STRING),
            "time not known": by_plan(lifecycle={"deleteAfter": UNKNOWN_NUMBER}),
            "plan of another stack": (
                mine,
                example(SELECTION, "nightly", {"planId": "0a1b", "resources": ["*"]}),
            ),
        },
    )


def _coverage_or_copies() -> StackCheck:
    """An instance of RDS can do with copies of its own backups, which outlive it elsewhere."""
    check = _coverage(_INSTANCE)
    mine, other = (example(_INSTANCE, name, {"id": UNKNOWN_STRING}) for name in ("orders", "users"))

    def copies(of: Resource, **props: Any) -> Resource:
        return example(
            _COPIES,
            "orders",
            {"sourceDbInstanceArn": UNKNOWN_STRING, **props},
            made_from={"sourceDbInstanceArn": [of]},
        )

    return replace(
        check,
        demand=(
            "A selection takes it in, of a plan that has a rule with a schedule and keeps backups "
            "for the configured number of days at least; or its automated backups are copied to "
            "another region and kept there for as long."
        ),
        reads={**check.reads, _COPIES: ("sourceDbInstanceArn", "retentionPeriod")},
        absent=f"{check.absent} Copies whose retentionPeriod is left out are kept for 7 days.",
        good={
            **check.good,
            "copied to another region": (mine, copies(mine)),
            "copied and kept for a week": (mine, copies(mine, retentionPeriod=7)),
        },
        bad={
            **check.bad,
            "another one copied": (mine, other, copies(other)),
            "copied and kept for six days": (mine, copies(mine, retentionPeriod=6)),
        },
        undecided={
            **check.undecided,
            "copied, time not known": (mine, copies(mine, retentionPeriod=UNKNOWN_NUMBER)),
        },
    )


COVERS_STATEFUL: Final = Rule(
    id="aws-backup-covers-stateful",
    title="A backup plan takes in every database, table, file system and volume in production",
    reason="What a service keeps of its own goes with it, or with whoever takes the account.",
    severity=Severity.HIGH,
    theme=Theme.RESILIENCE,
    controls=(),
    fix=(
        "Create an aws.backup.Selection that names the resource or a tag of it, for an "
        "aws.backup.Plan with a schedule; or, for an instance of RDS, an "
        "aws.rds.InstanceAutomatedBackupsReplication."
    ),
    source=f"{_DOCS}/assigning-resources.html",
    settings=(
        Setting(
            name="least_days",
            description="The days for which a plan keeps backups at least.",
            default=7,
        ),
    ),
    stack_checks=(
        *(_coverage(type_) for type_ in KINDS if type_ != _INSTANCE),
        _coverage_or_copies(),
    ),
)

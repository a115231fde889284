"""What the rules of AWS backups say of selections, plans and vaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies.backup_selections import KINDS, takes_in
from policies.examples import example
from policies.judge import judge, judge_stack
from policies.rule import Rule, Verdict
from policies.rules.aws_backup import COVERS_STATEFUL, VAULT_PROTECTED
from policies.subject import Environment, Resource
from policies.view import MASKED_SECRET, UNKNOWN_ARRAY, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth

VAULT = "aws:backup/vault:Vault"
VAULT_LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
VOLUME = "aws:ebs/volume:Volume"
TABLE = "aws:dynamodb/table:Table"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
NIGHTLY = {"ruleName": "nightly", "schedule": "cron(0 2 * * ? *)"}


def verdict_of(rule: Rule, *resources: Resource, **configured: Any) -> Verdict:
    """The verdict on the first of ``resources`` among all of them."""
    verdicts = {found.urn: found.verdict for found in judge_stack(rule, resources, configured)}
    return verdicts.get(resources[0].urn, Verdict.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("environment", "verdict"),
    [
        ("dev", Verdict.NOT_APPLICABLE),
        ("staging", Verdict.NOT_APPLICABLE),
        ("prod", Verdict.FAIL),
    ],
)
def test_locks_and_plans_are_demanded_in_production_only(
    environment: Environment, verdict: Verdict
) -> None:
    vault = example(VAULT, "orders", {}, environment=environment)
    table = example(TABLE, "orders", {}, environment=environment)

    assert verdict_of(VAULT_PROTECTED, vault) is verdict
    assert verdict_of(COVERS_STATEFUL, table) is verdict


def test_a_vault_is_emptied_with_its_deletion_outside_production_only() -> None:
    props = {"kmsKeyArn": KEY, "forceDestroy": True}

    def verdict(environment: Environment) -> Verdict:
        vault = example(VAULT, "orders", props, environment=environment)
        (found,) = judge(VAULT_PROTECTED, vault)
        return found.verdict

    assert verdict("staging") is Verdict.PASS
    assert verdict("prod") is Verdict.FAIL


@pytest.mark.parametrize(
    ("lock", "verdict"),
    [("orders-0a1b", Verdict.PASS), ("users-0a1b", Verdict.FAIL)],
)
def test_a_vault_that_exists_is_locked_by_its_id(lock: str, verdict: Verdict) -> None:
    vault = example(VAULT, "orders", {"id": "orders-0a1b"})
    locked = example(VAULT_LOCK, "x", {"backupVaultName": lock, "minRetentionDays": 7})

    assert verdict_of(VAULT_PROTECTED, vault, locked) is verdict


def arn(service: str, rest: str, region: str = "eu-west-1") -> str:
    return f"arn:aws:{service}:{region}:111122223333:{rest}"


def selection(made_from: Mapping[str, list[Resource]] | None = None, **props: Any) -> Resource:
    return example(SELECTION, "nightly", props, made_from=made_from)


DATABASE = example(
    INSTANCE,
    "orders",
    {
        "id": "db-01",
        "arn": arn("rds", "db:orders-0a1b"),
        "tags": {"Backup": "nightly", "Tier": "production"},
        "tagsAll": {"Backup": "nightly", "Tier": "production", "Owner": "shop"},
    },
)
NEW = example(
    INSTANCE,
    "orders",
    {"arn": UNKNOWN_STRING, "identifier": "orders-0a1b", "region": "eu-west-1"},
)


@pytest.mark.parametrize("resource", [DATABASE, NEW], ids=["existing", "new"])
@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("*", Truth.YES),
        ("arn:aws:rds:*", Truth.YES),
        ("arn:aws:rds:*:*:db:*", Truth.YES),
        ("arn:*:rds:eu-west-1:*:db:orders-*", Truth.YES),
        ("arn:aws:rds:*:*:*:orders-0a1b", Truth.YES),
        (arn("rds", "db:orders-0a1b"), Truth.YES),
        (arn("rds", "db:orders"), Truth.NO),
        (arn("rds", "db:orders-0a1b-2"), Truth.NO),
        (arn("rds", "db:users-*"), Truth.NO),
        (arn("rds", "db:orders-0a1?"), Truth.NO),
        (arn("rds", "db:orders-0a1[b]"), Truth.NO),
        (arn("rds", "cluster:orders-0a1b"), Truth.NO),
        (arn("rds", "db:orders-0a1b", "eu-west-2"), Truth.NO),
        ("arn:aws:rds:*:*:cluster:*", Truth.NO),
        ("arn:aws:ec2:*:*:volume/*", Truth.NO),
        ("arn:aws:s3:*", Truth.NO),
        ("ARN:AWS:RDS:*", Truth.NO),
        ("", Truth.NO),
        (17, Truth.UNKNOWN),
        (UNKNOWN_STRING, Truth.UNKNOWN),
    ],
)
def test_patterns_cover_resources_by_their_arn(
    resource: Resource, pattern: object, taken: Truth
) -> None:
    assert takes_in(selection(resources=[pattern]), resource) is taken


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("*", Truth.YES),
        ("arn:aws:ec2:*:*:volume/*", Truth.YES),
        (arn("ec2", "volume/*"), Truth.YES),
        (arn("ec2", "*"), Truth.YES),
        (arn("ec2", "volume/vol-0a1b"), Truth.UNKNOWN),
        (arn("ec2", "volume/vol-*"), Truth.UNKNOWN),
        ("arn:aws:ec2:*:*:*-0a1b", Truth.UNKNOWN),
        (arn("ec2", "instance/i-0a1b"), Truth.NO),
        (arn("ec2", "volume/*", "eu-west-2"), Truth.NO),
        ("arn:aws:s3:*", Truth.NO),
        ("arn:aws:ec2:eu-west-2:*", Truth.NO),
    ],
)
def test_a_name_that_is_not_known_is_covered_by_a_wildcard_only(pattern: str, taken: Truth) -> None:
    volume = example(VOLUME, "x", {"id": UNKNOWN_STRING, "region": "eu-west-1"})

    assert takes_in(selection(resources=[pattern]), volume) is taken


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("arn:aws:dynamodb:*:*:table/orders", Truth.YES),
        (arn("dynamodb", "table/orders"), Truth.UNKNOWN),
        (arn("dynamodb", "table/users"), Truth.NO),
        ("arn:aws:dynamodb:*:*:table/users", Truth.NO),
    ],
)
def test_a_region_that_is_not_known_is_covered_by_a_wildcard_only(
    pattern: str, taken: Truth
) -> None:
    table = example(TABLE, "x", {"name": "orders"})

    assert takes_in(selection(resources=[pattern]), table) is taken


@pytest.mark.parametrize("type_", KINDS)
def test_each_kind_is_called_in_arns_as_its_service_does(type_: str) -> None:
    arns = {
        "aws:rds/instance:Instance": arn("rds", "db:x"),
        "aws:rds/cluster:Cluster": arn("rds", "cluster:x"),
        "aws:efs/fileSystem:FileSystem": arn("elasticfilesystem", "file-system/x"),
        "aws:ebs/volume:Volume": arn("ec2", "volume/x"),
        "aws:dynamodb/table:Table": arn("dynamodb", "table/x"),
    }
    name = {INSTANCE: "identifier", CLUSTER: "clusterIdentifier", TABLE: "name"}.get(type_, "id")
    resource = example(type_, "x", {name: "x", "region": "eu-west-1"})

    assert takes_in(selection(resources=[arns[type_]]), resource) is Truth.YES


@pytest.mark.parametrize(
    ("tags", "taken"),
    [
        ([{"type": "STRINGEQUALS", "key": "Backup", "value": "nightly"}], Truth.YES),
        ([{"type": "STRINGEQUALS", "key": "Owner", "value": "shop"}], Truth.YES),
        (
            [{"type": "STRINGEQUALS", "key": "aws:ResourceTag/Backup", "value": "nightly"}],
            Truth.YES,
        ),
        (
            [
                {"type": "STRINGEQUALS", "key": "Backup", "value": "weekly"},
                {"type": "STRINGEQUALS", "key": "Backup", "value": "nightly"},
            ],
            Truth.YES,
        ),
        ([{"type": "STRINGEQUALS", "key": "Backup", "value": "night*"}], Truth.NO),
        ([{"type": "STRINGEQUALS", "key": "backup", "value": "nightly"}], Truth.NO),
        ([{"type": "STRINGLIKE", "key": "Backup", "value": "nightly"}], Truth.NO),
        ([{"type": "STRINGEQUALS", "key": "Backup", "value": UNKNOWN_STRING}], Truth.UNKNOWN),
        ([{"type": "STRINGEQUALS", "key": UNKNOWN_STRING, "value": "x"}], Truth.UNKNOWN),
        ([{"type": UNKNOWN_STRING, "key": "Backup", "value": "nightly"}], Truth.UNKNOWN),
        ([{"type": "STRINGEQUALS", "key": "Backup"}], Truth.UNKNOWN),
        (UNKNOWN_ARRAY, Truth.UNKNOWN),
    ],
)
def test_one_tag_of_a_selection_is_enough(tags: object, taken: Truth) -> None:
    assert takes_in(selection(selectionTags=tags), DATABASE) is taken


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        ({}, Truth.YES),
        ({"stringEquals": [{"key": "aws:ResourceTag/Backup", "value": "nightly"}]}, Truth.YES),
        ({"stringEquals": [{"key": "aws:ResourceTag/Backup", "value": "night*"}]}, Truth.NO),
        ({"stringLikes": [{"key": "aws:ResourceTag/Tier", "value": "prod*"}]}, Truth.YES),
        ({"stringLikes": [{"key": "aws:ResourceTag/Tier", "value": "stag*"}]}, Truth.NO),
        ({"stringLikes": [{"key": "aws:ResourceTag/None", "value": "*"}]}, Truth.NO),
        ({"stringNotEquals": [{"key": "aws:ResourceTag/Tier", "value": "production"}]}, Truth.NO),
        ({"stringNotEquals": [{"key": "aws:ResourceTag/Tier", "value": "prod*"}]}, Truth.YES),
        ({"stringNotEquals": [{"key": "aws:ResourceTag/None", "value": "x"}]}, Truth.YES),
        ({"stringNotLikes": [{"key": "aws:ResourceTag/Tier", "value": "prod*"}]}, Truth.NO),
        ({"stringNotLikes": [{"key": "aws:ResourceTag/Tier", "value": "stag*"}]}, Truth.YES),
        (
            {
                "stringEquals": [{"key": "aws:ResourceTag/Backup", "value": "nightly"}],
                "stringNotEquals": [{"key": "aws:ResourceTag/Owner", "value": "shop"}],
            },
            Truth.NO,
        ),
        ({"stringEquals": UNKNOWN_ARRAY}, Truth.UNKNOWN),
    ],
)
def test_every_condition_of_a_selection_must_be_met(condition: object, taken: Truth) -> None:
    everything = selection(resources=["*"], conditions=[{}, condition])
    by_tag = selection(
        selectionTags=[{"type": "STRINGEQUALS", "key": "Backup", "value": "nightly"}],
        conditions=[condition],
    )

    assert takes_in(everything, DATABASE) is taken
    assert takes_in(by_tag, DATABASE) is taken


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({}, Truth.YES),
        ({"resources": []}, Truth.YES),
        ({"resources": [], "selectionTags": []}, Truth.YES),
        ({"resources": ["arn:aws:s3:*"]}, Truth.NO),
        ({"notResources": ["arn:aws:rds:*"]}, Truth.NO),
        ({"notResources": ["arn:aws:s3:*"]}, Truth.YES),
        ({"notResources": ["arn:aws:s3:*", "arn:aws:rds:*"]}, Truth.NO),
        ({"resources": ["*"], "notResources": [UNKNOWN_STRING]}, Truth.UNKNOWN),
        ({"selectionTags": [{"type": "STRINGEQUALS", "key": "No", "value": "x"}]}, Truth.NO),
    ],
)
def test_what_is_left_out_is_not_taken_in(given: dict[str, Any], taken: Truth) -> None:
    assert takes_in(selection(**given), DATABASE) is taken


@pytest.mark.parametrize("key", ["conditions", "notResources"])
def test_what_the_provider_fills_in_leaves_nothing_out(key: str) -> None:
    unknown: dict[str, Any] = {"resources": ["*"], key: UNKNOWN_ARRAY}
    filled_in, made = selection(**unknown), selection({key: [DATABASE]}, **unknown)
    masked = selection(None, **{**unknown, key: MASKED_SECRET})

    assert takes_in(filled_in, NEW) is Truth.YES
    assert takes_in(made, NEW) is not Truth.YES
    assert takes_in(masked, NEW) is Truth.UNKNOWN


def test_default_tags_that_are_not_known_decide_nothing() -> None:
    new = example(TABLE, "x", {"tags": {"Backup": "weekly"}, "tagsAll": UNKNOWN_STRING})

    def by(key: str) -> Resource:
        return selection(selectionTags=[{"type": "STRINGEQUALS", "key": key, "value": "nightly"}])

    assert takes_in(by("Backup"), new) is Truth.NO
    assert takes_in(by("Other"), new) is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("sources", "taken"),
    [
        ([NEW], Truth.YES),
        ([example(TABLE, "users"), NEW], Truth.YES),
        ([example(TABLE, "users")], Truth.NO),
        ([example(TABLE, "users"), example(VAULT, "users")], Truth.UNKNOWN),
        ([example(VAULT, "users")], Truth.UNKNOWN),
        ([], Truth.UNKNOWN),
    ],
)
def test_arns_that_are_not_known_are_told_by_what_they_were_made_from(
    sources: list[Resource], taken: Truth
) -> None:
    by_element = selection({"resources": sources}, resources=[UNKNOWN_STRING])
    as_a_whole = selection({"resources": sources}, resources=UNKNOWN_ARRAY)

    assert takes_in(by_element, NEW) is taken
    # What is made from others as a whole may come to nothing, which takes in everything.
    whole = Truth.UNKNOWN if taken is Truth.NO else taken
    assert takes_in(as_a_whole, NEW) is whole


def plan(*rules: Any, **props: Any) -> Resource:
    return example(PLAN, "nightly", {"rules": list(rules), **props})


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([NIGHTLY], Verdict.PASS),
        ([{"schedule": UNKNOWN_STRING}], Verdict.UNDECIDED),
        ([{"schedule": ""}], Verdict.FAIL),
        ([{"ruleName": "by hand"}, NIGHTLY], Verdict.PASS),
        ([{**NIGHTLY, "lifecycle": {}}], Verdict.PASS),
        ([{**NIGHTLY, "lifecycle": {"deleteAfter": 0}}], Verdict.PASS),
        ([{**NIGHTLY, "lifecycle": {"deleteAfter": -1}}], Verdict.PASS),
        ([{**NIGHTLY, "lifecycle": {"deleteAfter": 1}}], Verdict.FAIL),
        ([{**NIGHTLY, "lifecycle": {"deleteAfter": 35}}], Verdict.PASS),
        ([{**NIGHTLY, "lifecycle": UNKNOWN_STRING}], Verdict.UNDECIDED),
        ([{"lifecycle": {"deleteAfter": 35}}], Verdict.FAIL),
        ([], Verdict.FAIL),
    ],
)
def test_a_plan_runs_by_itself_and_keeps_what_it_made(rules: list[Any], verdict: Verdict) -> None:
    nightly = plan(*rules, id="plan-01")
    everything = selection(planId="plan-01", resources=["*"])

    assert verdict_of(COVERS_STATEFUL, DATABASE, nightly, everything) is verdict


def test_how_long_backups_are_kept_can_be_configured() -> None:
    nightly = plan({**NIGHTLY, "lifecycle": {"deleteAfter": 30}}, id="plan-01")
    stack = (DATABASE, nightly, selection(planId="plan-01", resources=["*"]))

    assert verdict_of(COVERS_STATEFUL, *stack, least_days=30) is Verdict.PASS
    assert verdict_of(COVERS_STATEFUL, *stack, least_days=31) is Verdict.FAIL


def test_a_selection_belongs_to_its_own_plan() -> None:
    idle = example(PLAN, "idle", {"id": "plan-02", "rules": []})
    stack = (DATABASE, plan(NIGHTLY, id="plan-01"), idle)

    def verdict(plan_id: str) -> Verdict:
        return verdict_of(COVERS_STATEFUL, *stack, selection(planId=plan_id, resources=["*"]))

    assert verdict("plan-01") is Verdict.PASS
    assert verdict("plan-02") is Verdict.FAIL
    assert verdict("plan-03") is Verdict.UNDECIDED


def test_a_plan_made_from_several_is_not_told_apart() -> None:
    one, other = plan(NIGHTLY), example(PLAN, "idle", {"rules": []})
    everything = selection({"planId": [one, other]}, planId=UNKNOWN_STRING, resources=["*"])
    by_vault = selection(
        {"planId": [example(VAULT, "x"), one]}, planId=UNKNOWN_STRING, resources=["*"]
    )

    assert verdict_of(COVERS_STATEFUL, DATABASE, one, other, everything) is Verdict.UNDECIDED
    vault = example(VAULT, "x")
    assert verdict_of(COVERS_STATEFUL, DATABASE, one, vault, by_vault) is Verdict.PASS


@pytest.mark.parametrize("resource", [DATABASE, NEW], ids=["existing", "new"])
@pytest.mark.parametrize(
    ("listed", "verdict"),
    [
        ([arn("rds", "db:orders-0a1b")], Verdict.PASS),
        ([arn("rds", "db:users"), arn("rds", "db:orders-0a1b")], Verdict.PASS),
        ([arn("rds", "db:users"), "arn:aws:rds:*:*:db:*"], Verdict.PASS),
        ([arn("rds", "db:users")], Verdict.FAIL),
        ([arn("rds", "cluster:orders-0a1b")], Verdict.FAIL),
    ],
)
def test_a_selection_is_found_by_any_arn_it_lists(
    resource: Resource, listed: list[str], verdict: Verdict
) -> None:
    nightly = plan(NIGHTLY, id="plan-01")
    chosen = selection(planId="plan-01", resources=listed)

    assert verdict_of(COVERS_STATEFUL, resource, nightly, chosen) is verdict


def test_a_selection_by_arn_may_mean_a_resource_that_has_no_name_yet() -> None:
    volume = example(VOLUME, "x", {"id": UNKNOWN_STRING, "region": "eu-west-1"})
    nightly = plan(NIGHTLY, id="plan-01")
    chosen = selection(planId="plan-01", resources=[arn("ec2", "volume/vol-0a1b")])

    assert verdict_of(COVERS_STATEFUL, volume, nightly, chosen) is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("resources", "verdict"),
    [([UNKNOWN_STRING], Verdict.FAIL), (UNKNOWN_ARRAY, Verdict.UNDECIDED)],
)
def test_a_selection_made_from_others_is_not_looked_at_twice(
    resources: object, verdict: Verdict
) -> None:
    other = example(TABLE, "users")
    nightly = plan(NIGHTLY, id="plan-01")
    chosen = selection({"resources": [other]}, planId="plan-01", resources=resources)

    assert verdict_of(COVERS_STATEFUL, DATABASE, other, nightly, chosen) is verdict


def test_a_selection_of_others_by_arn_still_takes_in_by_tag() -> None:
    nightly = plan(NIGHTLY, id="plan-01")
    tags = [{"type": "STRINGEQUALS", "key": "Backup", "value": "nightly"}]
    chosen = selection(planId="plan-01", resources=[arn("rds", "db:users")], selectionTags=tags)

    assert verdict_of(COVERS_STATEFUL, DATABASE, nightly, chosen) is Verdict.PASS


@pytest.mark.parametrize("odd", [17, True, {}, [], [[]], {"a": 1}, [None], "x", 1.5])
def test_nothing_odd_breaks_the_rules_of_backups(odd: Any) -> None:
    table = example(TABLE, "x", dict.fromkeys(("id", "arn", "name", "region", "tags"), odd))
    nightly = plan(odd, id=odd)
    keys = ("planId", "resources", "notResources", "selectionTags", "conditions")

    for key in keys:
        chosen = selection(None, **{**dict.fromkeys(keys, "x"), key: odd})
        assert verdict_of(COVERS_STATEFUL, table, nightly, chosen) is not Verdict.DEFECT
    chosen = selection(**dict.fromkeys(keys, odd))
    assert verdict_of(COVERS_STATEFUL, table, nightly, chosen) is not Verdict.DEFECT


class Counted(dict[str, Any]):
    """Properties that count how often they are looked at."""

    looks = 0

    def get(self, key: str, default: Any = None) -> Any:
        Counted.looks += 1
        return super().get(key, default)


def test_the_cost_of_a_pair_does_not_grow_with_the_stack() -> None:
    def looks(number: int) -> int:
        stack = [plan(NIGHTLY, id="plan-01")]
        for each in range(number):
            table = Counted(name=f"t{each}", region="eu-west-1")
            chosen = Counted(planId="plan-01", resources=[arn("dynamodb", f"table/t{each}")])
            stack.append(replace(example(TABLE, f"t{each}"), props=table))
            stack.append(replace(example(SELECTION, f"t{each}"), props=chosen))
        Counted.looks = 0
        judge_stack(COVERS_STATEFUL, stack)
        return Counted.looks

    assert 0 < looks(40) < 3 * looks(20)


def test_the_time_of_a_lock_is_read_where_it_is_a_number_only() -> None:
    vault = example(VAULT, "orders", {"id": "orders"})
    locked = example(
        VAULT_LOCK, "x", {"backupVaultName": "orders", "minRetentionDays": UNKNOWN_NUMBER}
    )

    assert verdict_of(VAULT_PROTECTED, vault, locked) is Verdict.UNDECIDED

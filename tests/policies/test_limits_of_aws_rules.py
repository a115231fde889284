"""What the rules of AWS say at their limits, beside the examples that define them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies.buckets import BUCKET
from policies.examples import example
from policies.judge import judge, judge_stack
from policies.rule import Rule, Verdict
from policies.rules.aws_backup import COVERS_STATEFUL
from policies.rules.aws_iam import NO_STAR_ADMIN, TRUST_SCOPED
from policies.rules.aws_kms import ROTATION
from policies.rules.aws_network_acl import NO_PUBLIC_ADMIN as ACL_NO_PUBLIC_ADMIN
from policies.rules.aws_rds import STORAGE_ENCRYPTED
from policies.rules.aws_rds_operation import BACKUP_RETENTION, FORCE_TLS, IAM_AUTH
from policies.rules.aws_s3_data import ENCRYPTION_KMS
from policies.rules.aws_security_group import NO_PUBLIC_ADMIN
from policies.rules.aws_vpc import DEFAULT_GROUP_CLOSED
from policies.subject import Resource
from policies.view import UNKNOWN_STRING

PASS, FAIL, UNDECIDED, FOREIGN = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.UNDECIDED,
    Verdict.NOT_APPLICABLE,
)
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/issuer"
CLAIMS = {"issuer:aud": "sts.amazonaws.com", "issuer:sub": "repo:acme/shop"}


def verdict_of(
    rule: Rule, props: Mapping[str, object], *, check: int = 0, **configured: object
) -> Verdict:
    (finding,) = judge(rule, example(rule.checks[check].type, "x", props), configured)
    return finding.verdict


def trusting(**changes: Any) -> Mapping[str, object]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": CLAIMS},
    }
    return {"assumeRolePolicy": {"Statement": [{**statement, **changes}]}}


@pytest.mark.parametrize("action", ["sts:AssumeRoleWithWebIdentity", "sts:*", "*"])
def test_every_way_to_assume_a_role_by_token_pins_the_subject(action: str) -> None:
    assert verdict_of(TRUST_SCOPED, trusting(Action=action)) is PASS
    assert verdict_of(TRUST_SCOPED, trusting(Action=action, Condition={})) is FAIL


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Deny"},
        {"Action": "sts:AssumeRoleWithSAML"},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
    ],
)
def test_nothing_else_needs_a_subject(changes: Mapping[str, object]) -> None:
    assert verdict_of(TRUST_SCOPED, trusting(Condition={}, **changes)) is PASS


@pytest.mark.parametrize(
    ("subjects", "verdict"),
    [
        (["repo:acme/shop", "repo:acme/bank"], PASS),
        (["repo:acme/shop", "repo:acme/*"], FAIL),
        (["repo:acme/shop?"], FAIL),
        (["repo:acme/~shop"], PASS),
    ],
)
def test_every_subject_is_a_whole_text(subjects: Sequence[str], verdict: Verdict) -> None:
    condition = {"StringLike": {**CLAIMS, "issuer:sub": subjects}}

    assert verdict_of(TRUST_SCOPED, trusting(Condition=condition)) is verdict


def test_what_grants_every_service_is_told_once() -> None:
    policy = {"Statement": {"Effect": "Allow", "Action": "*:*", "Resource": "*"}}
    (finding,) = judge(
        NO_STAR_ADMIN, example(NO_STAR_ADMIN.checks[0].type, "x", {"policy": policy})
    )

    assert finding.verdict is FAIL
    assert finding.message.count("; ") == NO_STAR_ADMIN.fix.count("; ")


@pytest.mark.parametrize(
    "props",
    [
        {"keyUsage": "SIGN_VERIFY"},
        {"keyUsage": "GENERATE_VERIFY_MAC", "customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        {"customerMasterKeySpec": "RSA_4096"},
    ],
)
def test_only_symmetric_keys_that_encrypt_rotate(props: Mapping[str, object]) -> None:
    assert verdict_of(ROTATION, props) is FOREIGN


@pytest.mark.parametrize(
    ("props", "verdict"),
    [
        ({"replicateSourceDb": UNKNOWN_STRING, "region": "eu-west-1"}, UNDECIDED),
        ({"replicateSourceDb": "orders", "region": "eu-west-1"}, FAIL),
        ({"region": "eu-west-1", "storageEncrypted": True}, PASS),
        ({"replicateSourceDb": "arn:aws:rds:eu-west-1:1:db:orders"}, PASS),
        ({"replicateSourceDb": "arn:aws:rds:eu-west-1:1:db:orders", "region": "eu-west-1"}, FAIL),
        ({"replicateSourceDb": "arn:aws:rds:eu-west-1:1:db:orders", "region": "eu-west-3"}, PASS),
    ],
)
def test_the_key_of_a_replica_decides_where_its_source_is_elsewhere(
    props: Mapping[str, object], verdict: Verdict
) -> None:
    key = {"kmsKeyId": "arn:aws:kms:eu-west-1:1:key/0a1b2c3d"}

    assert verdict_of(STORAGE_ENCRYPTED, {**key, **props}) is verdict


@pytest.mark.parametrize("check", [0, 1], ids=["instance", "cluster"])
@pytest.mark.parametrize(
    ("engine", "verdict"),
    [
        ("postgres", FAIL),
        ("mysql", FAIL),
        ("aurora-postgresql", FAIL),
        ("aurora-mysql", FAIL),
        ("mariadb", FOREIGN),
        (None, FAIL),
    ],
)
def test_iam_is_demanded_of_the_engines_that_know_it(
    check: int, engine: str | None, verdict: Verdict
) -> None:
    assert verdict_of(IAM_AUTH, {"engine": engine}, check=check) is verdict


@pytest.mark.parametrize("value", ["1", "ON", "on", "true"])
def test_each_spelling_of_on_forces_tls(value: str) -> None:
    parameters = [{"name": "require_secure_transport", "value": value}]

    assert verdict_of(FORCE_TLS, {"family": "mysql8.4", "parameters": parameters}) is PASS


@pytest.mark.parametrize(
    ("check", "family", "verdict"),
    [
        (0, "postgres17", FAIL),
        (0, "aurora-postgresql17", PASS),
        (1, "postgres17", FAIL),
        (1, "aurora-postgresql17", FAIL),
        (1, "aurora-mysql8.0", FAIL),
        (1, "docdb5.0", PASS),
    ],
)
def test_a_group_is_held_to_what_its_type_may_be_for(
    check: int, family: str, verdict: Verdict
) -> None:
    assert verdict_of(FORCE_TLS, {"family": family}, check=check) is verdict


@pytest.mark.parametrize("settled", FORCE_TLS.stack_checks, ids=["instance", "cluster"])
def test_a_group_that_is_left_out_is_not_judged_again(settled: Any) -> None:
    (finding,) = judge_stack(FORCE_TLS, [example(settled.type, "orders")])

    assert finding.verdict is PASS


def test_aurora_keeps_backups_for_one_day_unless_told_otherwise() -> None:
    assert verdict_of(BACKUP_RETENTION, {}, check=1, least_days=1) is PASS
    assert verdict_of(BACKUP_RETENTION, {}, check=1, least_days=2) is FAIL
    assert verdict_of(BACKUP_RETENTION, {}, check=0, least_days=1) is FAIL


def test_an_address_that_is_not_known_matters_for_closed_ports_only() -> None:
    group = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [UNKNOWN_STRING]}
    acl = {
        "ruleAction": "allow",
        "protocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrBlock": UNKNOWN_STRING,
    }

    assert verdict_of(NO_PUBLIC_ADMIN, {"ingress": [group]}) is PASS
    assert verdict_of(ACL_NO_PUBLIC_ADMIN, acl, check=1) is PASS
    assert verdict_of(ACL_NO_PUBLIC_ADMIN, {**acl, "toPort": 22, "fromPort": 22}, check=1) is (
        UNDECIDED
    )


@pytest.mark.parametrize("level", ["confidential", "restricted"])
def test_classified_data_is_under_a_key_of_its_own_bucket(level: str) -> None:
    bucket = example(BUCKET, "reports", {"id": "reports", "tags": {"DataClass": level}})
    type_ = next(each for each in ENCRYPTION_KMS.stack_checks[0].reads if each != BUCKET)

    def verdict(name: str, algorithm: str) -> Verdict:
        rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
        companion = example(type_, "reports", {"bucket": name, "rules": rules})
        (finding,) = judge_stack(ENCRYPTION_KMS, [bucket, companion])
        return finding.verdict

    assert verdict("reports", "aws:kms") is PASS
    assert verdict("reports", "aws:kms:dsse") is PASS
    assert verdict("reports", "AES256") is FAIL
    assert verdict("others", "aws:kms") is FAIL


VPC = "aws:ec2/vpc:Vpc"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
CORE, EDGE = (example(VPC, name, {"id": UNKNOWN_STRING}) for name in ("core", "edge"))
SUBNET = example("aws:ec2/subnet:Subnet", "a", {"id": UNKNOWN_STRING})
WEB = example(GROUP, "web", {"id": UNKNOWN_STRING})


@pytest.mark.parametrize(
    ("made_from", "verdict"),
    [
        ([CORE], FAIL),
        ([EDGE, CORE], FAIL),
        ([EDGE], PASS),
        ([WEB, CORE], PASS),
        ([SUBNET], UNDECIDED),
        ([], UNDECIDED),
    ],
)
@pytest.mark.parametrize("group_from", [[CORE], [CORE, SUBNET]])
def test_the_rule_of_a_default_group_is_told_by_what_its_group_was_made_from(
    group_from: Sequence[Resource], made_from: Sequence[Resource], verdict: Verdict
) -> None:
    check = DEFAULT_GROUP_CLOSED.stack_checks[1]
    default = example(
        check.type,
        "default",
        {"vpcId": UNKNOWN_STRING, "id": UNKNOWN_STRING},
        made_from={"vpcId": group_from},
    )
    rule = example(
        next(iter(check.reads)),
        "https",
        {"securityGroupId": UNKNOWN_STRING},
        made_from={"securityGroupId": made_from},
    )
    found = judge_stack(DEFAULT_GROUP_CLOSED, [CORE, EDGE, SUBNET, WEB, default, rule])

    assert [each.verdict for each in found if each.urn == default.urn] == [verdict]


DATABASE = "aws:rds/instance:Instance"
ARN = "arn:aws:rds:eu-west-1:111122223333:db:orders"


def copied(arn: str = ARN, **props: object) -> Resource:
    return example(
        "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
        "orders",
        {"sourceDbInstanceArn": arn, **props},
    )


@pytest.mark.parametrize(
    ("beside", "least_days", "verdict"),
    [
        (copied(), 7, PASS),
        (copied(), 8, FAIL),
        (copied(retentionPeriod=8), 8, PASS),
        (copied(ARN.replace("orders", "users")), 7, FAIL),
        (copied(UNKNOWN_STRING), 7, UNDECIDED),
    ],
)
def test_copies_of_backups_are_of_the_database_whose_arn_they_name(
    beside: Resource, least_days: int, verdict: Verdict
) -> None:
    database = example(DATABASE, "orders", {"id": "orders", "arn": ARN})
    found = judge_stack(COVERS_STATEFUL, [database, beside], {"least_days": least_days})

    assert [each.verdict for each in found if each.urn == database.urn] == [verdict]


def test_copies_of_backups_are_of_databases_only() -> None:
    table = example("aws:dynamodb/table:Table", "orders", {"id": "orders"})
    found = judge_stack(COVERS_STATEFUL, [table, copied(UNKNOWN_STRING)])

    assert [each.verdict for each in found if each.urn == table.urn] == [FAIL]

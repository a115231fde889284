from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from policies.examples import example
from policies.judge import Judge, judge, judge_stack
from policies.rule import EVERY_TYPE, Check, Rule, Verdict
from policies.rules import aws_kms, gcp_kms
from policies.rules.aws_ec2 import NO_AUTO_PUBLIC_IP
from policies.rules.aws_ecr import IMMUTABLE_TAGS
from policies.rules.aws_iam import NO_ADMIN_MANAGED, NO_STAR_ADMIN
from policies.rules.aws_network_acl import NO_PUBLIC_ADMIN as ACL_NO_PUBLIC_ADMIN
from policies.rules.aws_rds import DELETION_PROTECTION, STORAGE_ENCRYPTED
from policies.rules.aws_rds_operation import BACKUP_RETENTION, FORCE_TLS, MULTI_AZ
from policies.rules.aws_s3 import BLOCK_PUBLIC_ACCESS
from policies.rules.aws_security_group import NO_PUBLIC_ADMIN
from policies.rules.docker_image import IMAGE_PINNED
from policies.rules.gcp_firewall import NO_PUBLIC_ADMIN as FW_NO_PUBLIC_ADMIN
from policies.rules.gcp_gke import ENDPOINT_NOT_WORLD
from policies.rules.gcp_sql_recovery import BACKUPS
from policies.rules.gcp_storage import PRIVATE
from policies.subject import Environment
from policies.view import UNKNOWN_STRING
from tests.policies.support import Case, StackCase, each_case, each_rule, each_stack_case

KEY = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d"
IMAGE = "docker:index/remoteImage:RemoteImage"
CONTAINER = "docker:index/container:Container"


@each_case
def test_each_example_gets_the_verdict_it_stands_for(case: Case) -> None:
    (finding,) = judge(case.alone, case.resource)

    assert finding.verdict is case.verdict
    assert finding.urn == case.resource.urn


@each_stack_case
def test_each_example_stack_gets_the_verdict_it_stands_for(case: StackCase) -> None:
    judged = [
        resource.urn
        for resource in case.resources
        if case.check.type in (resource.type, EVERY_TYPE)
    ]
    verdicts = {finding.urn: finding.verdict for finding in judge_stack(case.alone, case.resources)}

    assert verdicts.get(judged[0], Verdict.NOT_APPLICABLE) is case.verdict


@each_rule
def test_a_foreign_type_is_not_applicable(rule: Rule) -> None:
    if any(check.type == EVERY_TYPE for check in (*rule.checks, *rule.stack_checks)):
        return
    (finding,) = judge(rule, example("random:index/randomPet:RandomPet", "pet", {"length": 2}))

    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert judge_stack(rule, [example("random:index/randomPet:RandomPet", "pet")]) == []


def verdict_of(
    rule: Rule,
    type_: str,
    props: Mapping[str, object],
    environment: Environment = "prod",
    **configured: object,
) -> Verdict:
    (finding,) = judge(rule, example(type_, "x", props, environment=environment), configured)
    return finding.verdict


@pytest.mark.parametrize("port", [22, 3389, 1433, 3306, 5432, 27017, 6379, 11211])
def test_each_administrative_database_and_cache_port_is_closed(port: int) -> None:
    rule = {"fromPort": port, "toPort": port, "ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0"}

    assert verdict_of(NO_PUBLIC_ADMIN, NO_PUBLIC_ADMIN.checks[2].type, rule) is Verdict.FAIL


def test_the_closed_ports_can_be_configured() -> None:
    type_ = NO_PUBLIC_ADMIN.checks[2].type
    rule = {"fromPort": 8443, "toPort": 8443, "ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0"}

    assert verdict_of(NO_PUBLIC_ADMIN, type_, rule) is Verdict.PASS
    assert verdict_of(NO_PUBLIC_ADMIN, type_, rule, ports=[8443.0]) is Verdict.FAIL


@pytest.mark.parametrize("port", [22, 22.0, "22"])
@pytest.mark.parametrize("protocol", ["tcp", "TCP", "6", 6, "udp", "17", "-1", -1, "all"])
def test_numbers_are_read_in_every_form_they_arrive_in(port: object, protocol: object) -> None:
    rule = {"fromPort": port, "toPort": port, "ipProtocol": protocol, "cidrIpv4": "0.0.0.0/0"}

    assert verdict_of(NO_PUBLIC_ADMIN, NO_PUBLIC_ADMIN.checks[2].type, rule) is Verdict.FAIL


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ("IMMUTABLE_WITH_EXCLUSION", Verdict.PASS),
        ("MUTABLE_WITH_EXCLUSION", Verdict.FAIL),
    ],
)
def test_an_allowed_filter_may_exclude_tags_from_immutability_only(
    given: str, verdict: Verdict
) -> None:
    props = {
        "imageTagMutability": given,
        "imageTagMutabilityExclusionFilters": [{"filter": "cache-*", "filterType": "WILDCARD"}],
    }
    type_ = IMMUTABLE_TAGS.checks[0].type

    assert verdict_of(IMMUTABLE_TAGS, type_, props) is Verdict.FAIL
    assert verdict_of(IMMUTABLE_TAGS, type_, props, mutable_filters=["cache-*"]) is verdict


@pytest.mark.parametrize("check", STORAGE_ENCRYPTED.checks, ids=["instance", "cluster"])
@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (KEY, Verdict.PASS),
        (None, Verdict.FAIL),
        ("", Verdict.FAIL),
        ("arn:aws:kms:eu-west-1:111122223333:alias/aws/rds", Verdict.FAIL),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
    ],
)
def test_an_own_key_can_be_required(check: Check, key: object, verdict: Verdict) -> None:
    props = {"storageEncrypted": True, "kmsKeyId": key}

    assert verdict_of(STORAGE_ENCRYPTED, check.type, props) is Verdict.PASS
    assert verdict_of(STORAGE_ENCRYPTED, check.type, props, own_key_required=True) is verdict


@pytest.mark.parametrize("check", DELETION_PROTECTION.checks, ids=["instance", "cluster"])
def test_deletion_protection_is_demanded_in_production_only(check: Check) -> None:
    assert verdict_of(DELETION_PROTECTION, check.type, {}) is Verdict.FAIL
    for environment in ("dev", "staging"):
        found = verdict_of(DELETION_PROTECTION, check.type, {}, environment)
        assert found is Verdict.NOT_APPLICABLE


def test_a_tag_is_enough_outside_production() -> None:
    props = {"name": "postgres:17.6"}

    assert verdict_of(IMAGE_PINNED, IMAGE, props, "dev") is Verdict.PASS
    assert verdict_of(IMAGE_PINNED, IMAGE, props, "staging") is Verdict.PASS
    assert verdict_of(IMAGE_PINNED, IMAGE, props, "prod") is Verdict.FAIL


@pytest.mark.parametrize(
    ("reference", "allowed"),
    [
        ("registry.example.com/web:1", True),
        ("Registry.Example.com/web:1", True),
        ("registry.example.com:5000/web:1", True),
        ("build.internal.example:5000/web:1", True),
        ("build.internal.example/web:1", False),
        ("a.mirror.example/web:1", True),
        ("mirror.example/web:1", False),
        ("evilmirror.example/web:1", False),
        ("registry.example.com.evil.example/web:1", False),
        ("evil.example/registry.example.com/web:1", False),
        ("localhost/web:1", True),
        ("postgres:17.6", False),
    ],
)
def test_registries_are_compared_by_host_not_by_beginning(reference: str, allowed: bool) -> None:
    registries = [
        "registry.example.com",
        "build.internal.example:5000",
        "*.mirror.example",
        "localhost",
    ]
    found = verdict_of(IMAGE_PINNED, IMAGE, {"name": reference}, "dev", registries=registries)

    assert (found is Verdict.PASS) is allowed


def test_a_container_leaves_its_unknown_image_to_the_stack() -> None:
    image = example(IMAGE, "web", {"name": "postgres"})
    container = example(CONTAINER, "web", {"image": UNKNOWN_STRING}, made_from={"image": [image]})
    judged = Judge([IMAGE_PINNED])

    assert judged.resource(container) == []
    assert [finding.verdict for finding in judged.stack([image, container])] == [Verdict.PASS]
    assert [finding.verdict for finding in judged.resource(image)] == [Verdict.FAIL]


def test_a_tag_declares_a_subnet_public_if_the_configuration_says_so() -> None:
    type_ = NO_AUTO_PUBLIC_IP.checks[0].type
    subnet = {"mapPublicIpOnLaunch": True, "tags": {"Tier": "edge"}}

    def verdict(*marks: str) -> Verdict:
        return verdict_of(NO_AUTO_PUBLIC_IP, type_, subnet, public_tags=[*marks])

    assert verdict("Tier=private") is Verdict.FAIL
    assert verdict("Tier=private", "Tier=edge") is Verdict.PASS


def test_the_ports_an_acl_keeps_closed_can_be_configured() -> None:
    type_ = ACL_NO_PUBLIC_ADMIN.checks[1].type
    rule = {
        "ruleAction": "allow",
        "protocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "cidrBlock": "0.0.0.0/0",
    }

    assert verdict_of(ACL_NO_PUBLIC_ADMIN, type_, rule) is Verdict.PASS
    assert verdict_of(ACL_NO_PUBLIC_ADMIN, type_, rule, ports=[5432]) is Verdict.FAIL


@pytest.mark.parametrize(("least", "verdict"), [(0, Verdict.FAIL), (1, Verdict.PASS)])
def test_no_backups_are_never_enough(least: int, verdict: Verdict) -> None:
    instance = BACKUP_RETENTION.checks[0].type
    kept = {"backupRetentionPeriod": least}

    assert verdict_of(BACKUP_RETENTION, instance, kept, least_days=0) is verdict


def test_the_backups_that_are_kept_at_least_can_be_configured() -> None:
    aurora, cloud_sql = BACKUP_RETENTION.checks[1].type, BACKUPS.checks[0].type
    kept = {"enabled": True, "backupRetentionSettings": {"retainedBackups": 14}}
    props = {"settings": {"backupConfiguration": kept}}

    assert verdict_of(BACKUP_RETENTION, aurora, {}, least_days=1) is Verdict.PASS
    assert verdict_of(BACKUPS, cloud_sql, props, "dev", least_backups=14.0) is Verdict.PASS
    assert verdict_of(BACKUPS, cloud_sql, props, "dev", least_backups=35) is Verdict.FAIL


def test_the_dns_endpoint_of_a_cluster_may_be_allowed() -> None:
    type_ = ENDPOINT_NOT_WORLD.checks[0].type
    props = {
        "controlPlaneEndpointsConfig": {
            "ipEndpointsConfig": {"enabled": False},
            "dnsEndpointConfig": {"allowExternalTraffic": True},
        }
    }

    assert verdict_of(ENDPOINT_NOT_WORLD, type_, props) is Verdict.FAIL
    assert verdict_of(ENDPOINT_NOT_WORLD, type_, props, dns_endpoint_allowed=True) is Verdict.PASS


@pytest.mark.parametrize(
    ("protocol", "port", "verdict"),
    [
        ("tcp", "22", Verdict.FAIL),
        ("TCP", "20-25", Verdict.FAIL),
        ("6", "5432", Verdict.FAIL),
        ("udp", "6379", Verdict.FAIL),
        ("all", "443", Verdict.PASS),
        ("tcp", "443", Verdict.PASS),
        ("icmp", "22", Verdict.PASS),
        ("tcp", "ssh", Verdict.UNDECIDED),
    ],
)
def test_ports_of_a_firewall_are_read_in_every_form(
    protocol: str, port: str, verdict: Verdict
) -> None:
    rule = {"sourceRanges": ["0.0.0.0/0"], "allows": [{"protocol": protocol, "ports": [port]}]}

    assert verdict_of(FW_NO_PUBLIC_ADMIN, FW_NO_PUBLIC_ADMIN.checks[0].type, rule) is verdict


@pytest.mark.parametrize(
    ("duration", "verdict"),
    [
        ("7776000s", Verdict.PASS),
        ("7776000.5s", Verdict.PASS),
        ("0s", Verdict.FAIL),
        ("7776001s", Verdict.FAIL),
        ("90 days", Verdict.FAIL),
    ],
)
def test_a_duration_that_is_too_long_or_unreadable_is_no_rotation(
    duration: str, verdict: Verdict
) -> None:
    type_ = gcp_kms.ROTATION.checks[0].type

    assert verdict_of(gcp_kms.ROTATION, type_, {"rotationPeriod": duration}) is verdict


@pytest.mark.parametrize(("days", "prod"), [(14, Verdict.FAIL), (30, Verdict.PASS)])
def test_a_key_waits_longer_for_its_deletion_in_production(days: int, prod: Verdict) -> None:
    type_ = aws_kms.DELETION_WINDOW.checks[0].type
    props = {"deletionWindowInDays": days}

    assert verdict_of(aws_kms.DELETION_WINDOW, type_, props, "staging") is Verdict.PASS
    assert verdict_of(aws_kms.DELETION_WINDOW, type_, props, "prod") is prod


def test_a_whole_service_may_be_allowed_in_dev_and_nowhere_else() -> None:
    type_ = NO_STAR_ADMIN.checks[0].type
    allow = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    props = {"policy": {"Statement": [allow]}}

    assert verdict_of(NO_STAR_ADMIN, type_, props, "dev") is Verdict.PASS
    assert verdict_of(NO_STAR_ADMIN, type_, props, "staging") is Verdict.FAIL
    assert verdict_of(NO_STAR_ADMIN, type_, props, "prod") is Verdict.FAIL


def test_a_standby_is_demanded_in_production_only() -> None:
    instance = MULTI_AZ.checks[0].type
    cluster = example("aws:rds/cluster:Cluster", "x", {"engine": "aurora"}, environment="staging")

    assert verdict_of(MULTI_AZ, instance, {}, "staging") is Verdict.NOT_APPLICABLE
    assert verdict_of(MULTI_AZ, instance, {}, "prod") is Verdict.FAIL
    assert judge_stack(MULTI_AZ, [cluster]) == []


@pytest.mark.parametrize(
    ("rule", "type_", "key", "origin"),
    [
        (
            NO_ADMIN_MANAGED,
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "policyArn",
            "aws:iam/policy:Policy",
        ),
        (
            FORCE_TLS,
            "aws:rds/instance:Instance",
            "parameterGroupName",
            "aws:rds/parameterGroup:ParameterGroup",
        ),
        (
            PRIVATE,
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            "member",
            "gcp:serviceaccount/account:Account",
        ),
    ],
)
def test_what_is_not_known_before_the_update_is_left_to_the_stack(
    rule: Rule, type_: str, key: str, origin: str
) -> None:
    source = example(origin, "source")
    resource = example(type_, "x", {key: UNKNOWN_STRING}, made_from={key: [source]})
    judged = Judge([rule])

    verdicts = [
        found.verdict for found in judged.stack([source, resource]) if found.urn == resource.urn
    ]
    assert judged.resource(resource) == []
    assert verdicts == [Verdict.PASS]


def test_a_companion_names_its_bucket_by_a_name_that_is_known_before_the_id() -> None:
    type_ = BLOCK_PUBLIC_ACCESS.stack_checks[0].type
    bucket = example(type_, "reports", {"bucket": "reports-0a1b", "id": UNKNOWN_STRING})

    def verdict(name: str) -> Verdict:
        block = example(BLOCK_PUBLIC_ACCESS.checks[0].type, "reports", {"bucket": name})
        (found,) = judge_stack(BLOCK_PUBLIC_ACCESS, [bucket, block])
        return found.verdict

    assert verdict("reports-0a1b") is Verdict.PASS
    assert verdict("others-0a1b") is Verdict.FAIL


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@each_case
def test_a_message_names_the_fix_and_the_place_and_never_a_value(case: Case) -> None:
    (finding,) = judge(case.rule, case.resource)
    if finding.verdict not in (Verdict.FAIL, Verdict.UNDECIDED):
        return

    told = finding.message.replace(case.rule.fix, "")
    words = set(re.findall(r"[\w.:/@*-]+", told))
    assert not words & set(texts(case.resource.props))
    assert all(path in told for path in finding.paths)
    assert (case.rule.fix in finding.message) is (finding.verdict is Verdict.FAIL)
    assert case.rule.page in finding.message

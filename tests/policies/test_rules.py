from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from policies.examples import example
from policies.judge import Judge, judge, judge_stack
from policies.rule import Check, Rule, Verdict
from policies.rules.aws_ecr import IMMUTABLE_TAGS
from policies.rules.aws_rds import DELETION_PROTECTION, STORAGE_ENCRYPTED
from policies.rules.aws_security_group import NO_PUBLIC_ADMIN
from policies.rules.docker_image import IMAGE_PINNED
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
    first = next(resource.urn for resource in case.resources if resource.type == case.check.type)
    verdicts = {finding.urn: finding.verdict for finding in judge_stack(case.alone, case.resources)}

    assert verdicts[first] is case.verdict


@each_rule
def test_a_foreign_type_is_not_applicable(rule: Rule) -> None:
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

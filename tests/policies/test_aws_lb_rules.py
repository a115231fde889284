"""What the rules of AWS load balancers say of kinds, spellings and settings."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from policies.examples import example
from policies.judge import judge
from policies.rule import Rule, Verdict
from policies.rules.aws_lb import ACCESS_LOGS, HARDENED, HTTPS, TLS_POLICY
from policies.subject import Environment
from policies.view import UNKNOWN_STRING

LISTENER = "aws:lb/listener:Listener"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b"
HARD = {"internal": True, "dropInvalidHeaderFields": True, "enableDeletionProtection": True}


def verdict_of(
    rule: Rule,
    type_: str,
    props: Mapping[str, object],
    environment: Environment = "prod",
    **configured: object,
) -> Verdict:
    (found,) = judge(rule, example(type_, "edge", props, environment=environment), configured)
    return found.verdict


@pytest.mark.parametrize(
    ("protocol", "verdict"),
    [
        ("HTTP", Verdict.FAIL),
        ("Http", Verdict.FAIL),
        ("HTTPS", Verdict.PASS),
        ("https", Verdict.PASS),
        ("TLS", Verdict.PASS),
        ("TCP", Verdict.PASS),
        ("UDP", Verdict.PASS),
        ("TCP_UDP", Verdict.PASS),
        ("GENEVE", Verdict.PASS),
    ],
)
def test_only_http_must_redirect(protocol: str, verdict: Verdict) -> None:
    props = {
        "protocol": protocol,
        "certificateArn": CERTIFICATE,
        "defaultActions": [{"type": "forward"}],
    }

    assert verdict_of(HTTPS, LISTENER, props) is verdict


def test_a_redirect_counts_whatever_it_does_with_host_and_path() -> None:
    redirect = {"protocol": "HTTPS", "host": UNKNOWN_STRING, "statusCode": "HTTP_302"}
    props = {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": redirect}]}

    assert verdict_of(HTTPS, LISTENER, props) is Verdict.PASS


@pytest.mark.parametrize(
    ("props", "path"),
    [
        ({"protocol": "HTTP", "defaultActions": [{"type": "forward"}]}, "protocol"),
        ({"protocol": "HTTPS"}, "certificateArn"),
    ],
)
def test_the_place_that_violates_is_named(props: dict[str, object], path: str) -> None:
    (found,) = judge(HTTPS, example(LISTENER, "edge", props))

    assert found.paths == (path,)


@pytest.mark.parametrize(
    ("props", "paths"),
    [
        (
            {"protocol": UNKNOWN_STRING, "defaultActions": [{"type": "forward"}]},
            ("protocol",),
        ),
        (
            {
                "protocol": "HTTP",
                "defaultActions": [{"type": UNKNOWN_STRING, "redirect": {"protocol": "HTTPS"}}],
            },
            ("defaultActions[0].type",),
        ),
        (
            {
                "protocol": UNKNOWN_STRING,
                "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS"}}],
            },
            ("protocol",),
        ),
    ],
)
def test_what_is_not_known_is_named(props: dict[str, object], paths: tuple[str, ...]) -> None:
    (found,) = judge(HTTPS, example(LISTENER, "edge", props))

    assert found.paths == paths


@pytest.mark.parametrize("protocol", ["HTTPS", "https", "SSL"])
def test_a_classic_load_balancer_speaks_tls_in_either_case(protocol: str) -> None:
    props = {"listeners": [{"lbProtocol": protocol, "instanceProtocol": "HTTP"}]}

    assert verdict_of(HTTPS, CLASSIC, props) is Verdict.PASS


@pytest.mark.parametrize(
    ("props", "paths"),
    [
        ({"protocol": UNKNOWN_STRING}, ("protocol",)),
        ({"protocol": UNKNOWN_STRING, "sslPolicy": UNKNOWN_STRING}, ("protocol",)),
        ({"protocol": "TLS", "sslPolicy": UNKNOWN_STRING}, ("sslPolicy",)),
        ({"protocol": "TLS"}, ("sslPolicy",)),
    ],
)
def test_the_place_of_an_old_policy_is_named(
    props: dict[str, object], paths: tuple[str, ...]
) -> None:
    (found,) = judge(TLS_POLICY, example(LISTENER, "edge", props))

    assert found.paths == paths


def test_the_allowed_policies_can_be_configured() -> None:
    props = {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
    strict = ["ELBSecurityPolicy-TLS13-1-3-2021-06"]

    assert verdict_of(TLS_POLICY, LISTENER, props) is Verdict.PASS
    assert verdict_of(TLS_POLICY, LISTENER, props, policies=strict) is Verdict.FAIL


def test_every_allowed_policy_starts_at_tls_1_2_or_newer() -> None:
    (setting,) = TLS_POLICY.settings
    assert isinstance(setting.default, tuple)

    for policy in map(str, setting.default):
        assert any(newer in policy for newer in ("-1-2-", "-1-3-")), policy


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (None, Verdict.FAIL),
        ("application", Verdict.FAIL),
        ("network", Verdict.FAIL),
        ("gateway", Verdict.NOT_APPLICABLE),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
    ],
)
def test_every_kind_but_a_gateway_can_log_requests(kind: object, verdict: Verdict) -> None:
    assert verdict_of(ACCESS_LOGS, BALANCER, {"loadBalancerType": kind}) is verdict


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (None, Verdict.FAIL),
        ("application", Verdict.FAIL),
        ("network", Verdict.PASS),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
    ],
)
def test_headers_are_those_of_an_application_load_balancer(kind: object, verdict: Verdict) -> None:
    props = {**HARD, "dropInvalidHeaderFields": False, "loadBalancerType": kind}

    assert verdict_of(HARDENED, BALANCER, props) is verdict


def test_a_gateway_faces_nobody_and_still_must_not_be_deleted() -> None:
    gateway = {"loadBalancerType": "gateway", "internal": False}

    assert verdict_of(HARDENED, BALANCER, gateway) is Verdict.FAIL
    kept = {**gateway, "enableDeletionProtection": True}
    assert verdict_of(HARDENED, BALANCER, kept) is Verdict.PASS


@pytest.mark.parametrize(
    ("environment", "verdict"),
    [("dev", Verdict.PASS), ("staging", Verdict.PASS), ("prod", Verdict.FAIL)],
)
def test_deletion_protection_is_demanded_in_production_only(
    environment: Environment, verdict: Verdict
) -> None:
    props = {**HARD, "enableDeletionProtection": False}

    assert verdict_of(HARDENED, BALANCER, props, environment) is verdict


@pytest.mark.parametrize(
    ("props", "verdict"),
    [
        ({"tags": {"Tier": "edge"}}, Verdict.PASS),
        ({"tags": {"Tier": "core"}}, Verdict.FAIL),
        ({"tags": {"Other": "edge"}}, Verdict.FAIL),
        ({"tagsAll": {"Tier": "edge"}}, Verdict.PASS),
        ({"tags": {"Tier": "core"}, "tagsAll": {"Tier": "edge"}}, Verdict.FAIL),
        ({"tags": UNKNOWN_STRING}, Verdict.UNDECIDED),
        ({}, Verdict.FAIL),
    ],
)
def test_a_configured_tag_approves_what_faces_the_internet(
    props: dict[str, object], verdict: Verdict
) -> None:
    edge = {**HARD, "internal": False, **props}

    assert verdict_of(HARDENED, BALANCER, edge, public_tags=["Tier=edge"]) is verdict

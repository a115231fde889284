"""What the rules of Google Cloud say of edge cases, and what their settings change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policies.examples import example
from policies.judge import Judge, judge
from policies.rule import Rule, Verdict
from policies.rules import gcp_secrets, gcp_sql, gcp_sql_flags
from policies.rules.gcp_ingress import NO_PUBLIC_INGRESS
from policies.subject import Environment
from policies.view import UNKNOWN_STRING

INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
FIREWALL = "gcp:compute/firewall:Firewall"
POLICY_RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
REGIONAL_RULE = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
SECRET = "gcp:secretmanager/secret:Secret"
REGIONAL_SECRET = "gcp:secretmanager/regionalSecret:RegionalSecret"
KEY = "projects/example/locations/europe-west1/keyRings/core/cryptoKeys/secrets"


def verdict_of(
    rule: Rule,
    type_: str,
    props: Mapping[str, object],
    environment: Environment = "prod",
    **configured: object,
) -> Verdict:
    (finding,) = judge(rule, example(type_, "x", props, environment=environment), configured)
    return finding.verdict


def firewall(protocol: object, *ports: str) -> dict[str, Any]:
    return {
        "sourceRanges": ["0.0.0.0/0"],
        "allows": [{"protocol": protocol, "ports": list(ports)}],
        "targetTags": ["front"],
        "logConfig": {"metadata": "INCLUDE_ALL_METADATA"},
    }


@pytest.mark.parametrize(
    ("protocol", "ports", "verdict"),
    [
        ("tcp", ("443",), Verdict.PASS),
        ("tcp", ("80", "443"), Verdict.PASS),
        ("TCP", ("443-443",), Verdict.PASS),
        (6, ("443",), Verdict.PASS),
        ("17", ("443",), Verdict.PASS),
        ("sctp", ("443",), Verdict.PASS),
        ("132", ("443",), Verdict.PASS),
        ("tcp", ("79-80",), Verdict.FAIL),
        ("tcp", ("0-65535",), Verdict.FAIL),
        ("tcp", ("443-442",), Verdict.FAIL),
        ("tcp", (), Verdict.FAIL),
        ("esp", (), Verdict.FAIL),
        ("esp", ("443",), Verdict.FAIL),
        ("tcp", ("https",), Verdict.UNDECIDED),
        ("tcp", ("443", "22", UNKNOWN_STRING), Verdict.FAIL),
    ],
)
def test_what_everybody_may_reach_is_read_in_every_form(
    protocol: object, ports: tuple[str, ...], verdict: Verdict
) -> None:
    assert verdict_of(NO_PUBLIC_INGRESS, FIREWALL, firewall(protocol, *ports)) is verdict


def test_the_ports_that_are_meant_for_everybody_can_be_configured() -> None:
    props = firewall("tcp", "8443-8444")

    assert verdict_of(NO_PUBLIC_INGRESS, FIREWALL, props) is Verdict.FAIL
    opened = verdict_of(NO_PUBLIC_INGRESS, FIREWALL, props, ports=[8443, 8444.0])
    assert opened is Verdict.PASS


def test_every_address_in_two_halves_is_every_address() -> None:
    halves = {**firewall("tcp", "22"), "sourceRanges": ["0.0.0.0/1", "128.0.0.0/1"]}

    assert verdict_of(NO_PUBLIC_INGRESS, FIREWALL, halves) is Verdict.FAIL


@pytest.mark.parametrize("type_", [POLICY_RULE, REGIONAL_RULE])
def test_rules_of_global_and_regional_policies_are_read_alike(type_: str) -> None:
    match = {
        "srcIpRanges": ["0.0.0.0/0"],
        "layer4Configs": [{"ipProtocol": "tcp", "ports": ["443"]}],
    }
    open_to_all = {"action": "allow", "match": match}
    narrow = {**open_to_all, "enableLogging": True, "targetSecureTags": [{"name": "front"}]}

    assert verdict_of(NO_PUBLIC_INGRESS, type_, narrow) is Verdict.PASS
    assert verdict_of(NO_PUBLIC_INGRESS, type_, open_to_all) is Verdict.FAIL


def test_keys_of_google_can_be_accepted() -> None:
    assert verdict_of(gcp_sql.CMEK, INSTANCE, {}) is Verdict.FAIL
    assert verdict_of(gcp_sql.CMEK, INSTANCE, {}, own_key_required=False) is Verdict.PASS


@pytest.mark.parametrize(
    ("type_", "keys", "verdict"),
    [
        (SECRET, {"replication": {"auto": {}}}, Verdict.FAIL),
        (
            SECRET,
            {"replication": {"auto": {"customerManagedEncryption": {"kmsKeyName": KEY}}}},
            Verdict.PASS,
        ),
        (
            SECRET,
            {
                "replication": {
                    "userManaged": {
                        "replicas": [
                            {"customerManagedEncryption": {"kmsKeyName": KEY}},
                            {"location": "europe-west1"},
                        ]
                    }
                }
            },
            Verdict.FAIL,
        ),
        (REGIONAL_SECRET, {}, Verdict.FAIL),
        (
            REGIONAL_SECRET,
            {"customerManagedEncryption": {"kmsKeyName": UNKNOWN_STRING}},
            Verdict.PASS,
        ),
    ],
)
def test_own_keys_of_secrets_can_be_required(
    type_: str, keys: Mapping[str, Any], verdict: Verdict
) -> None:
    managed = {"rotation": {"rotationPeriod": "7776000s"}, "versionDestroyTtl": "604800s"}
    props = {**managed, **keys}

    assert verdict_of(gcp_secrets.MANAGED, type_, props) is Verdict.PASS
    assert verdict_of(gcp_secrets.MANAGED, type_, props, own_key_required=True) is verdict


def test_versions_are_destroyed_slowly_in_production_and_replaced_everywhere() -> None:
    rotated = {"rotation": {"rotationPeriod": "7776000s"}}

    for type_ in (SECRET, REGIONAL_SECRET):
        assert verdict_of(gcp_secrets.MANAGED, type_, rotated, "dev") is Verdict.PASS
        assert verdict_of(gcp_secrets.MANAGED, type_, rotated, "prod") is Verdict.FAIL
        assert verdict_of(gcp_secrets.MANAGED, type_, {}, "dev") is Verdict.FAIL


def test_a_member_of_a_secret_that_is_not_known_yet_is_left_to_the_stack() -> None:
    type_ = "gcp:secretmanager/secretIamMember:SecretIamMember"
    account = example("gcp:serviceaccount/account:Account", "reader")
    grant = example(type_, "x", {"member": UNKNOWN_STRING}, made_from={"member": [account]})
    judged = Judge([gcp_secrets.MANAGED])

    assert judged.resource(grant) == []
    assert [found.verdict for found in judged.stack([account, grant])] == [Verdict.PASS]


def flags(**flag: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in flag.items()]
    return {"databaseVersion": "POSTGRES_17", "settings": {"databaseFlags": listed}}


@pytest.mark.parametrize(
    ("classes", "verdict"),
    [
        ("ddl", Verdict.PASS),
        ("read, DDL", Verdict.PASS),
        ("all", Verdict.PASS),
        ("none", Verdict.FAIL),
        ("role,read", Verdict.FAIL),
        ("", Verdict.FAIL),
        (UNKNOWN_STRING, Verdict.UNDECIDED),
    ],
)
def test_the_audit_log_may_record_changes_in_place_of_the_statements(
    classes: str, verdict: Verdict
) -> None:
    usual = {
        "log_connections": "on",
        "log_disconnections": "ON",
        "cloudsql.enable_pgaudit": "on",
        "pgaudit.log": classes,
    }

    assert verdict_of(gcp_sql_flags.FLAGS, INSTANCE, flags(**usual)) is verdict

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.values import ASSET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Secret
from tests.rehearsal.simulation import (
    CONTAINER,
    DATABASE,
    DEPLOYMENT,
    SECURITY_GROUP,
    checked,
    failures,
    provider,
)

RULE = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
FUNCTION = "aws:lambda/function:Function"


def test_an_unknown_property_is_refused_with_the_likeliest_meant_one() -> None:
    assert failures("aws", SECURITY_GROUP, {"ingres": []}) == {
        "ingres": f"{SECURITY_GROUP} has no property 'ingres'; did you mean 'ingress'?"
    }


def test_a_property_unlike_any_other_is_answered_with_what_there_is() -> None:
    reason = failures("aws", SECURITY_GROUP, {"zzz": 1})["zzz"]

    assert "it has description, egress, ingress" in reason


def test_nested_properties_are_checked_with_their_full_path() -> None:
    found = failures(
        "aws",
        SECURITY_GROUP,
        {"ingress": [RULE, {"protocol": "tcp", "from_port": 443, "toPort": "all"}]},
    )

    assert found == {
        "ingress[1].from_port": (
            "SecurityGroupIngress has no property 'from_port'; did you mean 'fromPort'?"
        ),
        "ingress[1].toPort": "expected an integer, got 'all'",
        "ingress[1].fromPort": (
            "missing required property 'fromPort' of SecurityGroupIngress: give it an integer"
        ),
    }


def test_map_keys_that_are_no_names_are_quoted_in_the_path() -> None:
    found = failures("aws", SECURITY_GROUP, {"tags": {"shop.example/owner": ["a"]}})

    assert found == {'tags["shop.example/owner"]': "expected a string, got ['a']"}


def test_a_missing_required_property_is_refused() -> None:
    assert failures("aws", DATABASE, {}) == {
        "instanceClass": (
            f"missing required property 'instanceClass' of {DATABASE}: give it a string"
        )
    }


@pytest.mark.parametrize(
    ("package", "token", "inputs", "reason"),
    [
        ("aws", SECURITY_GROUP, {"tags": 3}, "expected a map, got 3"),
        ("aws", SECURITY_GROUP, {"ingress": RULE}, "expected a list, got {'protocol'"),
        ("aws", SECURITY_GROUP, {"revokeRulesOnDelete": "perhaps"}, "expected a boolean"),
        ("aws", FUNCTION, {"role": "r", "timeout": 1.5}, "expected an integer, got 1.5"),
        ("aws", FUNCTION, {"role": "r", "code": {"path": "x"}}, "expected an asset or archive"),
        ("docker", CONTAINER, {"image": "i", "ports": [{"internal": True}]}, "expected an integer"),
        ("kubernetes", DEPLOYMENT, {"spec": {}, "kind": "Pod"}, "expected one of 'Deployment'"),
    ],
)
def test_a_value_of_another_type_is_refused(
    package: str, token: str, inputs: dict[str, Any], reason: str
) -> None:
    assert any(found.startswith(reason) for found in failures(package, token, inputs).values())


def test_an_object_in_a_union_is_checked_against_what_fits_best() -> None:
    service = "kubernetes:core/v1:Service"

    found = failures("kubernetes", service, {"spec": {"ports": [{"port": 80, "targetPort": [1]}]}})

    assert found == {
        "spec.ports[0].targetPort": "expected an integer or a string, got [1]",
    }


def test_a_secret_of_another_type_is_refused_without_showing_it() -> None:
    found = failures("aws", SECURITY_GROUP, {"ingress": [{**RULE, "toPort": Secret("hunter2")}]})

    assert found == {"ingress[0].toPort": "expected an integer, got another secret value"}


def test_text_that_is_exactly_a_number_or_boolean_passes_for_one() -> None:
    rule = {**RULE, "fromPort": "443", "self": "true", "cidrBlocks": ["10.0.0.0/8"]}

    inputs = checked(
        provider(), SECURITY_GROUP, "web", {"ingress": [rule], "tags": {"Tier": 1, "Live": True}}
    )

    assert inputs["ingress"] == [
        {**RULE, "fromPort": 443, "self": True, "cidrBlocks": ["10.0.0.0/8"]}
    ]
    assert inputs["tags"] == {"Tier": "1", "Live": "true"}


def test_kubernetes_reads_no_text_as_a_number() -> None:
    found = failures("kubernetes", DEPLOYMENT, {"spec": {"replicas": "3"}})

    assert found["spec.replicas"] == "expected an integer, got '3'"


def test_values_that_are_not_known_yet_fit_everywhere() -> None:
    given = {"vpcId": UNKNOWN, "ingress": [UNKNOWN, {**RULE, "cidrBlocks": UNKNOWN}]}

    inputs = checked(provider(), SECURITY_GROUP, "web", given)

    assert {name: inputs[name] for name in given} == given


def test_secrets_keep_their_mark_and_absent_values_disappear() -> None:
    inputs = checked(
        provider(),
        DATABASE,
        "orders",
        {"instanceClass": "db.t4g.medium", "password": Secret("hunter2"), "dbName": None},
    )

    assert inputs["password"] == Secret("hunter2")
    assert "dbName" not in inputs


def test_assets_pass_as_they_are() -> None:
    asset = {SIGNATURE_KEY: ASSET_SIGNATURE, "text": "x", "hash": "y"}

    inputs = checked(provider(), FUNCTION, "hello", {"role": "r", "code": asset})

    assert inputs["code"] == asset


def test_a_type_that_the_sdk_lacks_is_refused_with_the_likeliest_meant_one() -> None:
    assert failures("aws", "aws:ec2/securityGrup:SecurityGrup", {})[""].endswith(
        "has no resource type 'aws:ec2/securityGrup:SecurityGrup'; "
        "did you mean 'aws:ec2/securityGroup:SecurityGroup'?"
    )


def test_a_package_without_sdk_is_refused_with_what_to_install() -> None:
    assert (
        "install it beside the program (pulumi-nobody)"
        in (failures("nobody", "nobody:index/thing:Thing", {})[""])
    )


def test_custom_resources_of_kubernetes_may_hold_anything() -> None:
    token = "kubernetes:cert-manager.io/v1:Certificate"

    assert failures("kubernetes", token, {"spec": {"whatever": [1]}}) == {}

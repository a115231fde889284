from __future__ import annotations

from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import unknown_checking_proxy

from policies.catalogue import rules_of
from policies.engine import plain, policies_of
from policies.pack import Pack
from policies.view import MARKERS, UNKNOWN_OBJECT, UNKNOWN_STRING

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(min_value=-(2**50), max_value=2**50),
        st.text(max_size=5),
        st.sampled_from(sorted(MARKERS)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(props=st.dictionaries(st.text(max_size=5), VALUES))
def test_proxies_come_off_and_unknowns_stay_markers(props: dict[str, Any]) -> None:
    unwrapped = plain(unknown_checking_proxy(props))

    assert unwrapped == props
    assert type(unwrapped) is dict


def test_whole_numbers_that_travelled_as_doubles_are_whole_again() -> None:
    unwrapped = plain(unknown_checking_proxy({"port": 22.0, "share": 0.5, "list": [1.0]}))

    assert unwrapped == {"port": 22, "share": 0.5, "list": [1]}
    assert isinstance(unwrapped["port"], int)


def test_unknowns_inside_lists_and_objects_do_not_raise() -> None:
    props = {"a": [UNKNOWN_STRING, {"b": UNKNOWN_OBJECT}]}

    assert plain(unknown_checking_proxy(props)) == props


def test_assets_pass_through() -> None:
    asset = pulumi.StringAsset("text")

    assert plain(unknown_checking_proxy({"code": asset})) == {"code": asset}


@pytest.mark.parametrize("pack", ["aws", "docker", "gcp"])
def test_a_pack_has_one_policy_for_each_rule_and_one_for_the_stack(pack: str) -> None:
    *single, across = policies_of(Pack(pack))

    assert [policy.name for policy in single] == [r.id for r in rules_of(pack) if r.checks]
    assert across.name == f"{pack}-stack"


def test_a_policy_carries_what_the_sdk_can_hold_of_its_rule() -> None:
    policy = next(p for p in policies_of(Pack("docker")) if p.name == "docker-image-pinned")

    assert policy.enforcement_level is EnforcementLevel.MANDATORY
    assert policy.severity is not None
    assert policy.severity.value == "high"
    assert policy.remediation_steps
    assert policy.url
    assert "CIS Docker v1.6.0: 5.28" in (policy.tags or [])
    assert policy.config_schema is not None
    assert policy.config_schema.properties["registries"]["items"] == {"type": "string"}


@pytest.mark.parametrize(
    ("rule", "setting", "schema"),
    [
        ("aws-rds-backup-retention", "least_days", {"type": "integer", "default": 7}),
        ("aws-rds-storage-encrypted", "own_key_required", {"type": "boolean", "default": False}),
        ("aws-nacl-no-public-admin", "ports", {"type": "array", "default": [22, 3389]}),
    ],
)
def test_a_setting_has_the_schema_of_its_type(
    rule: str, setting: str, schema: dict[str, Any]
) -> None:
    policy = next(policy for policy in policies_of(Pack("aws")) if policy.name == rule)

    assert policy.config_schema is not None
    described = policy.config_schema.properties[setting]
    assert {key: described[key] for key in schema} == schema

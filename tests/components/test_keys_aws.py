"""KMS keys: one per purpose, rotating, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.environment import Environment
from components.keys import Purpose
from rehearsal.plugin import Registration
from tests.components.variants import ACCOUNT, KEYS, recorded

(AWS,) = (variant for variant in KEYS if variant.ground == "aws")
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"


def keys(environment: Environment) -> dict[str, Registration]:
    return {each.name: each for each in recorded(AWS, environment).of(KEY)}


def statements(purpose: Purpose) -> dict[str, Any]:
    key = keys(Environment.PROD)[f"keys-{purpose}"]
    return {each["Sid"]: each for each in json.loads(key.inputs["policy"])["Statement"]}


def test_every_purpose_has_a_rotating_key() -> None:
    found = keys(Environment.PROD)

    assert set(found) == {f"keys-{purpose}" for purpose in Purpose}
    assert all(each.inputs["enableKeyRotation"] for each in found.values())
    assert {each.inputs["rotationPeriodInDays"] for each in found.values()} == {365}


@pytest.mark.parametrize(
    ("environment", "days"),
    [(Environment.DEV, 7), (Environment.STAGING, 14), (Environment.PROD, 30)],
)
def test_a_lost_key_can_be_called_back_for_longer_the_more_depends_on_it(
    environment: Environment, days: int
) -> None:
    assert {each.inputs["deletionWindowInDays"] for each in keys(environment).values()} == {days}


def test_every_key_is_administered_by_the_account_alone() -> None:
    for purpose in Purpose:
        account = statements(purpose)["AccountDecidesThroughIam"]

        assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.LOGS])
def test_no_service_but_those_that_log_is_named(purpose: Purpose) -> None:
    assert list(statements(purpose)) == ["AccountDecidesThroughIam"]


def test_cloudwatch_uses_the_log_key_for_log_groups_of_the_account_only() -> None:
    groups = statements(Purpose.LOGS)["LogGroupsOfThisAccount"]

    assert groups["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert groups["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*"
        }
    }


def test_flow_logs_reach_buckets_with_the_log_key_from_the_account_only() -> None:
    delivery = statements(Purpose.LOGS)["FlowLogsOfThisAccountToBuckets"]

    assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert delivery["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_policies_are_known_in_a_preview() -> None:
    planned = recorded(AWS, Environment.PROD, preview=True).of(KEY)

    assert all(json.loads(each.inputs["policy"]) for each in planned)


def test_aliases_tell_stack_and_purpose() -> None:
    aliases = recorded(AWS, Environment.PROD).of(ALIAS)

    assert {each.inputs["name"] for each in aliases} == {
        f"alias/test/keys-{purpose}" for purpose in Purpose
    }

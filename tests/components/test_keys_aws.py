"""KMS keys: one per purpose, rotating, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from components.environment import Environment
from components.keys import Purpose
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants import ACCOUNT, aws_cloud, aws_keys, keys_outputs

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
RECOVERY = "eu-central-1"


@cache
def recorded(
    environment: Environment, recovery_region: str | None = RECOVERY, *, preview: bool = False
) -> Recording:
    def program() -> Mapping[str, Any]:
        cloud = aws_cloud(environment, recovery_region=recovery_region)
        return keys_outputs(aws_keys(environment, cloud))

    return record(program, preview=preview)


def keys(environment: Environment) -> dict[str, Registration]:
    return {each.name: each for each in recorded(environment).of(KEY)}


def statements(purpose: Purpose) -> dict[str, Any]:
    key = keys(Environment.PROD)[f"keys-{purpose}"]
    return {each["Sid"]: each for each in json.loads(key.inputs["policy"])["Statement"]}


def test_every_purpose_has_a_rotating_key() -> None:
    found = keys(Environment.PROD)

    assert set(found) == {f"keys-{purpose}" for purpose in Purpose}
    assert all(each.inputs["enableKeyRotation"] for each in found.values())
    assert {each.inputs["rotationPeriodInDays"] for each in found.values()} == {90}


def regions(recording: Recording, type_: str) -> dict[str, str | None]:
    return {each.name: each.inputs.get("region") for each in recording.of(type_)}


@pytest.mark.parametrize("type_", [KEY, ALIAS])
def test_the_key_for_backups_is_where_the_copies_are(type_: str) -> None:
    found = regions(recorded(Environment.PROD), type_)

    assert found.pop("keys-backup") == RECOVERY
    assert set(found.values()) == {None}


def test_without_a_second_region_there_is_no_key_for_backups() -> None:
    recording = recorded(Environment.PROD, None)

    assert "keys-backup" not in {each.name for each in recording.resources}
    assert Purpose.BACKUP not in recording.outputs


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


@pytest.mark.parametrize(
    "purpose", [p for p in Purpose if p not in {Purpose.LOGS, Purpose.VOLUMES}]
)
def test_no_service_but_those_that_log_and_start_nodes_is_named(purpose: Purpose) -> None:
    assert list(statements(purpose)) == ["AccountDecidesThroughIam"]


def test_every_service_is_let_in_under_a_condition() -> None:
    services = {
        sid: each
        for purpose in Purpose
        for sid, each in statements(purpose).items()
        if "Service" in each["Principal"]
    }

    assert services
    assert [sid for sid, each in services.items() if "Condition" not in each] == []


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


def test_trails_of_the_account_alone_are_encrypted_with_the_log_key() -> None:
    found = statements(Purpose.LOGS)
    own = {"aws:SourceArn": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/*"}
    encrypt = found["TrailsOfThisAccountEncrypt"]
    check = found["TrailsOfThisAccountCheckBeforeDelivery"]

    assert encrypt["Principal"] == check["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert encrypt["Condition"] == {
        "ArnLike": own,
        "StringLike": {
            "kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"
        },
    }
    assert check["Condition"] == {"ArnLike": own}


def test_nodes_start_with_encrypted_disks_and_pass_the_key_to_nobody_else() -> None:
    found = statements(Purpose.VOLUMES)
    role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    grant = found["NodesKeepTheirDisksAttached"]

    assert found["NodesHaveEncryptedDisks"]["Principal"] == grant["Principal"]
    assert grant["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_policies_are_known_in_a_preview() -> None:
    planned = recorded(Environment.PROD, preview=True).of(KEY)

    assert all(json.loads(each.inputs["policy"]) for each in planned)


def test_aliases_tell_stack_and_purpose() -> None:
    aliases = recorded(Environment.PROD).of(ALIAS)

    assert {each.inputs["name"] for each in aliases} == {
        f"alias/test/keys-{purpose}" for purpose in Purpose
    }

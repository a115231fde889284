"""What may be lost, and what the stack file has to say for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import yaml

from rehearsal.sdk import Sdk
from stacks.losses import STATEFUL, Loss, holds_data, refusal, refused
from stacks.settings import ApprovedLossSpec, SettingsError, parse
from tests.stacks.files import asked

TODAY = date(2026, 11, 21)
ORDERS = Loss("aws:rds/instance:Instance", "orders", "delete")
USERS = Loss("aws:rds/instance:Instance", "users", "replace")


def approval(loss: Loss, until: date = TODAY) -> ApprovedLossSpec:
    return ApprovedLossSpec(
        type=loss.type, name=loss.name, reason="moved to another server", until=until
    )


def test_a_loss_without_an_approval_is_refused() -> None:
    assert refused([USERS, ORDERS], [], TODAY) == [ORDERS, USERS]


def test_an_approval_covers_the_resource_it_names_alone() -> None:
    assert refused([ORDERS, USERS], [approval(ORDERS)], TODAY) == [USERS]


def test_an_approval_of_the_same_name_covers_no_other_type() -> None:
    bucket = Loss("aws:s3/bucket:Bucket", "orders", "delete")

    assert refused([bucket], [approval(ORDERS)], TODAY) == [bucket]


def test_an_approval_holds_to_the_end_of_its_last_day() -> None:
    tomorrow = TODAY + timedelta(days=1)

    assert refused([ORDERS], [approval(ORDERS)], TODAY) == []
    assert refused([ORDERS], [approval(ORDERS)], tomorrow) == [ORDERS]


def test_a_resource_that_is_deleted_in_two_steps_is_lost_once() -> None:
    assert refused([ORDERS, ORDERS], [], TODAY) == [ORDERS]


def test_the_refusal_lists_everything_that_would_be_lost() -> None:
    text = refusal([ORDERS, USERS], [], "prod", TODAY)

    assert "what 2 resources of prod hold" in text
    assert "delete aws:rds/instance:Instance orders: the database and its data" in text
    assert "replace aws:rds/instance:Instance users: the database and its data" in text


def test_the_refusal_says_when_an_approval_has_run_out() -> None:
    over = approval(ORDERS, TODAY - timedelta(days=1))

    assert "its approval ended on 2026-11-20" in refusal([ORDERS], [over], "prod", TODAY)


def test_what_the_refusal_says_to_write_is_an_approval() -> None:
    _, _, example = refusal([ORDERS], [], "prod", TODAY).partition("Pulumi.prod.yaml:\n")

    settings = parse("dev", {**asked("dev"), **yaml.safe_load(example)})

    assert refused([ORDERS], settings.approved_losses, TODAY) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "old"},
        {"type": "Instance"},
        {"until": "soon"},
        {"resource": "orders"},
    ],
)
def test_an_approval_that_is_not_complete_is_refused(wrong: dict[str, Any]) -> None:
    entry = {
        "type": ORDERS.type,
        "name": "orders",
        "reason": "moved to another server",
        "until": "2026-12-05",
    }

    with pytest.raises(SettingsError, match="approved_losses"):
        parse("dev", {**asked("dev"), "approved_losses": [{**entry, **wrong}]})


def test_every_stateful_type_exists() -> None:
    sdk = Sdk()

    assert [token for token in STATEFUL if sdk.resource_type(token) is None] == []


def test_a_volume_of_files_is_made_anew_and_holds_nothing_else() -> None:
    volume = "docker:index/volume:Volume"

    assert holds_data(volume, "orders-volume-data")
    assert not holds_data(volume, "orders-files-run-secrets")
    assert not holds_data("docker:index/container:Container", "orders")

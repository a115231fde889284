"""What no environment may go below: the rows of the default matrix that have a floor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from components.ownership import DataClass
from stacks.problem import SettingsError
from stacks.settings import parse
from tests.stacks.blueprints import deployed_anywhere
from tests.stacks.files import asked

TODAY = date(2026, 11, 21)
CLOUDS = pytest.mark.parametrize("stack", ["staging", "prod", "google-cloud"])

Edit = Callable[[dict[str, Any]], None]


def setting(*path: str, to: Any) -> Edit:
    """An edit that sets what is at ``path``."""

    def edit(document: dict[str, Any]) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return edit


def dev_on_aws(document: dict[str, Any]) -> None:
    document["ground"] = asked("staging")["ground"]
    document["cluster"] = {
        "version": "1.35",
        "administrators": ["platform-admin"],
        "pools": {"all": {}},
    }
    # What watches a Docker host keeps its logs in a volume.
    del document["observability"]


FLOORS: dict[str, tuple[str, Edit, str]] = {
    "two zones in dev": ("dev", setting("ground", "zones", to=["euw1-az1"]), "ground.zones"),
    "three zones in prod": (
        "prod",
        setting("ground", "zones", to=["euw1-az1", "euw1-az2"]),
        "prod needs at least 3",
    ),
    "flow logs are on": ("dev", setting("network", "flow_logs", to=False), "is not a setting"),
    "flow logs are kept": ("prod", setting("network", "flow_log_days", to=30), "at least 365"),
    "the API is not open to the world": (
        "dev",
        setting("cluster", "api_clients", to={"world": "0.0.0.0/0"}),
        "would open the API to half the internet",
    ),
    "in prod the API is not reached from outside": (
        "prod",
        setting("cluster", "api_clients", to={"office": "203.0.113.0/24"}),
        "prod allows none",
    ),
    "the audit log of the cluster is on": (
        "dev",
        setting("cluster", "control_plane_logs", to=["api"]),
        "lacks audit",
    ),
    "secrets have keys of their own": (
        "dev",
        setting("cluster", "encrypted", to=False),
        "is not a setting",
    ),
    "keys rotate": ("dev", setting("keys", to={"rotation_days": 3650}), "keys.rotation_days"),
    "machines answer tokens alone": (
        "dev",
        setting("cluster", "imds_version", to=1),
        "is not a setting",
    ),
    "databases are encrypted": (
        "dev",
        setting("databases", "orders", "encrypted", to=False),
        "is not a setting",
    ),
    "databases are private": (
        "dev",
        setting("databases", "orders", "public", to=True),
        "is not a setting",
    ),
    "databases are backed up for a week": (
        "dev",
        setting("databases", "orders", "backup_days", to=6),
        "databases.orders.backup_days",
    ),
    "databases of prod are backed up for a month": (
        "prod",
        setting("databases", "orders", "backup_days", to=14),
        "prod needs at least 30",
    ),
    "prod is protected": (
        "prod",
        setting("databases", "orders", "protected", to=False),
        "databases.orders.protected: is false, and prod protects",
    ),
    "images are not overwritten": (
        "dev",
        setting("registry", "immutable", to=False),
        "is not a setting",
    ),
    "images are scanned": ("dev", setting("registry", "scanned", to=False), "is not a setting"),
    "a key is not deleted within a week": (
        "dev",
        setting("keys", to={"deletion_window_days": 6}),
        "keys.deletion_window_days",
    ),
    "a key of prod waits for thirty days": (
        "prod",
        setting("keys", to={"deletion_window_days": 29}),
        "prod needs at least 30",
    ),
    "the cluster is supported": ("dev", setting("cluster", "version", to="1.29"), "1.29"),
}


@pytest.mark.parametrize("floor", FLOORS)
def test_the_spec_refuses_less(floor: str) -> None:
    stack, edit, message = FLOORS[floor]
    document = asked(stack)
    if stack == "dev":
        dev_on_aws(document)
    parse(stack, document, TODAY)

    edit(document)

    with pytest.raises(SettingsError, match=message.replace(".", r"\.")):
        parse(stack, document, TODAY)


def test_what_is_to_go_may_lose_its_protection() -> None:
    document = asked("prod")
    document["databases"]["orders"]["protected"] = False
    document["approved_losses"] = [
        {
            "type": "aws:rds/instance:Instance",
            "name": "orders",
            "reason": "moved to another server",
            "until": "2026-12-05",
        }
    ]

    assert not parse("prod", document, TODAY).databases["orders"].protected
    with pytest.raises(SettingsError, match="prod protects"):
        parse("prod", document, date(2026, 12, 6))


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_machines_answer_tokens_alone_and_only_themselves(stack: str) -> None:
    templates = deployed_anywhere(stack).of("aws:ec2/launchTemplate:LaunchTemplate")

    assert templates
    for template in templates:
        options = template.inputs["metadataOptions"]
        assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


@CLOUDS
def test_nothing_is_published(stack: str) -> None:
    marks = [
        each.inputs.get("tags") or each.inputs.get("labels") or {}
        for each in deployed_anywhere(stack).resources
    ]

    assert not [each for each in marks if DataClass.PUBLIC in each.values()]

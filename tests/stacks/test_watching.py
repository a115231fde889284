"""What a stack asks to be watched, and what it cannot have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.problem import SettingsError
from stacks.settings import parse, read_stack_file
from tests.stacks.files import asked, config

Edit = Callable[[dict[str, Any]], None]


def refusal(stack: str, edit: Edit) -> str:
    document = asked(stack)
    edit(document)
    with pytest.raises(SettingsError) as caught:
        parse(stack, document)
    return str(caught.value)


def written(path: Path, stack: str, edit: Edit) -> Path:
    document = {"config": config(stack)}
    edit(document["config"])
    file = path / f"Pulumi.{stack}.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def unreadable(path: Path, stack: str, edit: Edit) -> str:
    with pytest.raises(SettingsError) as caught:
        read_stack_file(written(path, stack, edit))
    return str(caught.value)


def watched(config_: dict[str, Any]) -> dict[str, Any]:
    eyes: dict[str, Any] = config_["plinth:settings"]["observability"]
    return eyes


def test_a_stack_without_observability_has_none() -> None:
    document = asked("dev")
    del document["observability"]

    assert parse("dev", document).observability is None


def test_on_a_cloud_it_needs_a_cluster() -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["cluster"]

    message = refusal("prod", edit)

    assert "observability: runs on a cluster, and the stack has none" in message
    assert "namespaces.store: is a part of a cluster" in message


def test_grafanas_database_is_one_of_the_stack() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["dashboards"]["database"]["database"] = "grafan"

    message = refusal("prod", edit)

    assert 'dashboards.database.database: names "grafan", which databases does not have' in message
    assert "Did you mean grafana?" in message


def test_applications_are_in_namespaces_of_the_stack() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["applications"]["storefront"]["namespace"] = "stores"

    message = refusal("prod", edit)

    assert 'storefront.namespace: names "stores", which namespaces does not have' in message
    assert "Did you mean store?" in message


def test_a_retention_longer_than_the_volume_can_hold_is_refused_with_what_fits() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["metrics"] = {"retention_days": 90}

    message = refusal("prod", edit)

    assert "retention_days is 90" in message
    assert "set volume_gib to" in message


def test_a_receiver_without_a_secret_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["observability"]["alerting"]["receivers"]["on-call"]["routing_key"]

    assert "receivers.on-call.routing_key" in refusal("prod", edit)


def test_production_without_anybody_to_page_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["alerting"] = {}

    message = refusal("prod", edit)

    assert "critical is missing, so nobody would be paged in prod" in message
    assert "watchdog is missing" in message


def test_an_objective_whose_alert_can_never_fire_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["slos"]["website"]["objective_percent"] = 90

    message = refusal("prod", edit)

    assert "page-quick can never fire" in message


def test_an_objective_over_longer_than_metrics_are_kept_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["metrics"] = {"retention_days": 15}

    message = refusal("prod", edit)

    assert "metrics.retention_days is 15" in message
    assert "set metrics.retention_days to 30" in message


def test_a_docker_host_has_no_kubernetes_secrets_and_no_buckets() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"] |= {
            "alerting": {
                "receivers": {
                    "chat": {
                        "kind": "slack",
                        "channel": "#dev",
                        "url": {"secret": "alerting", "key": "slack"},
                    }
                },
                "critical": "chat",
            },
            "logs": {"storage": "bucket"},
        }

    message = refusal("dev", edit)

    assert 'receivers.chat.url.secret: is "alerting", a Kubernetes Secret' in message
    assert 'logs.storage: is "bucket", and a Docker host has no buckets' in message


def test_logs_on_a_cloud_are_kept_in_a_bucket() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["logs"] = {"storage": "volume", "replicas": 1, "volume_gib": 500}

    assert "logs on a cloud are kept in a bucket" in refusal("prod", edit)


def chat(config_: dict[str, Any]) -> None:
    watched(config_)["alerting"] = {
        "receivers": {"chat": {"kind": "slack", "channel": "#dev", "url": {"config": "slack-url"}}},
        "critical": "chat",
    }


def test_a_credential_that_the_configuration_does_not_hold_is_refused(tmp_path: Path) -> None:
    message = unreadable(tmp_path, "dev", chat)

    assert 'receivers.chat.url.config: is "slack-url", and the stack has no such secret' in message
    assert "`pulumi config set --secret plinth:slack-url`" in message


def test_a_credential_in_plain_text_is_refused_and_not_shown(tmp_path: Path) -> None:
    def edit(config_: dict[str, Any]) -> None:
        chat(config_)
        config_["plinth:slack-url"] = "https://hooks.example.com/T0/B0/hunter2"

    message = unreadable(tmp_path, "dev", edit)

    assert "has 1 problem:" in message
    assert "plinth:slack-url: is a credential in plain text" in message
    assert "hunter2" not in message


def test_a_credential_that_nothing_names_is_refused(tmp_path: Path) -> None:
    def edit(config_: dict[str, Any]) -> None:
        config_["plinth:slack-url"] = {"secure": "v1:AAAA:BBBB"}

    assert "is a secret that no setting names" in unreadable(tmp_path, "dev", edit)


def test_an_encrypted_credential_is_read(tmp_path: Path) -> None:
    def edit(config_: dict[str, Any]) -> None:
        chat(config_)
        config_["plinth:slack-url"] = {"secure": "v1:AAAA:BBBB"}

    settings = read_stack_file(written(tmp_path, "dev", edit))

    assert settings.observability is not None
    assert settings.observability.alerting.critical == "chat"


@pytest.mark.parametrize("wrong", ["Hunter2", 4711, {"value": "Hunter2"}])
def test_a_credential_in_the_settings_is_refused_and_not_shown(wrong: object) -> None:
    def edit(document: dict[str, Any]) -> None:
        receivers = document["observability"]["alerting"]["receivers"]
        receivers["on-call"]["routing_key"] = wrong

    message = refusal("prod", edit)

    assert "receivers.on-call.routing_key" in message
    assert "Hunter2" not in message
    assert "4711" not in message


def test_a_list_with_a_mistake_in_it_is_not_too_short_besides() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["observability"]["traces"] = {
            "store": "opensearch",
            "opensearch": {
                "urls": ["https://search.example.com:99999"],
                "username": "jaeger",
                "password": {"secret": "search", "key": "password"},
            },
        }

    assert "has 1 problem:" in refusal("prod", edit)

"""What only shows when the chapters of a stack are read together, and what a ground offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from stacks.offers import find_endings
from stacks.problem import SettingsError
from stacks.settings import Settings, parse
from tests.stacks.files import asked

TODAY = date(2026, 11, 21)

Edit = Callable[[dict[str, Any]], None]


def refusal(edit: Edit, stack: str = "prod", today: date = TODAY) -> str:
    document = asked(stack)
    edit(document)
    with pytest.raises(SettingsError) as caught:
        parse(stack, document, today)
    return str(caught.value)


def read(edit: Edit, stack: str = "prod", today: date = TODAY) -> Settings:
    document = asked(stack)
    edit(document)
    return parse(stack, document, today)


def unchanged(document: dict[str, Any]) -> None:
    del document


@pytest.mark.parametrize("taken", ["keys", "audit", "core", "images", "apps", "orders", "uploads"])
def test_a_name_that_another_component_has_is_refused(taken: str) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["caches"][taken] = {}

    assert f'caches.{taken}: is called "{taken}"' in refusal(edit)


def test_both_parts_that_share_a_name_are_listed() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["buckets"]["sessions"] = {}

    message = refusal(edit)

    assert "caches.sessions: is called" in message
    assert "buckets.sessions: is called" in message


def test_read_replicas_on_rds_are_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["databases"]["orders"]["read_replicas"] = 1

    assert "databases.orders: read_replicas is 1" in refusal(edit)


def test_copies_without_a_second_region_are_refused_with_all_that_ask_for_one() -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["ground"]["recovery_region"]

    message = refusal(edit)

    assert "ground.recovery_region: is missing" in message
    for place in ("databases.orders", "databases.users", "buckets.uploads", "registry"):
        assert place in message


def test_nothing_that_is_copied_needs_no_second_region() -> None:
    assert read(unchanged, "staging").ground.model_dump()["recovery_region"] is None


def test_a_network_that_cannot_hold_the_pods_asked_for_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["network"]["pods_cidr"]
        document["network"]["cidr"] = "10.30.0.0/22"

    message = refusal(edit)

    assert "network.cidr: is 10.30.0.0/22, which cannot hold the pods of the 27 nodes" in message


def test_fewer_pods_fit_the_same_network() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["network"]["pods_cidr"] = "100.65.0.0/20"
        for pool in document["cluster"]["pools"].values():
            pool.update(nodes_at_least=1, nodes_at_most=1, pods_per_node=32)

    assert read(edit).cluster


def test_a_grant_on_what_the_stack_does_not_have_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["identities"]["storefront"]["grants"][0]["target"] = {"bucket": "upload"}

    message = refusal(edit)

    assert "identities.storefront.grants[0].target: names" in message
    assert "Did you mean uploads?" in message


def test_a_grant_on_a_repository_that_is_not_there_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["registry"]["repositories"] = ["api"]

    assert "registry.repositories does not have" in refusal(edit)


def test_a_service_account_needs_a_cluster() -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["cluster"]

    assert "identities.storefront.subject: is a service account" in refusal(edit)


def test_two_identities_cannot_own_the_one_provider_of_an_account() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["identities"]["release"] = document["identities"]["pipeline"]

    assert "each own the identity provider" in refusal(edit)


def test_a_zone_that_the_region_does_not_have_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["ground"]["zones"] = ["euw1-az1", "euw1-az2", "euw1-az6"]

    assert "ground.zones:" in refusal(edit)
    assert "euw1-az6" in refusal(edit)


def test_every_machine_that_the_region_does_not_have_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["ground"].update(region="me-south-1", zones=["mes1-az1", "mes1-az2", "mes1-az3"])
        document["caches"]["sessions"]["size"] = "small"

    message = refusal(edit)

    assert "cluster.pools.services.machine: m7i.xlarge is not offered in me-south-1" in message
    assert "caches.sessions.size: cache.t4g.small is not offered in me-south-1" in message


def test_a_region_without_a_family_for_aurora_is_refused() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["ground"].update(
            region="ap-southeast-4", zones=["apse4-az1", "apse4-az2", "apse4-az3"]
        )

    message = refusal(edit)

    assert "databases.events.size: db.r7g.large is not offered in ap-southeast-4" in message
    assert "databases.orders" not in message


@pytest.mark.parametrize(
    ("version", "said"),
    [("1.31", "lost standard support"), ("1.99", "is not known to be offered")],
)
def test_a_version_of_kubernetes_out_of_support_is_refused(version: str, said: str) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["cluster"]["version"] = version

    message = refusal(edit)

    assert f'cluster.version: "{version}" {said}' in message
    assert "choose" in message


def test_a_version_of_postgresql_out_of_support_is_refused() -> None:
    assert "databases.orders.version" in refusal(unchanged, today=date(2031, 1, 1))


def test_the_end_of_support_is_told_before_it_comes() -> None:
    settings = read(unchanged)
    soon = date(2027, 2, 1)

    warned = [problem.text({}) for problem in find_endings(settings, soon)]

    assert [text for text in warned if text.startswith('cluster.version: "1.35" loses standard')]
    assert list(find_endings(settings, TODAY)) == []


def test_everything_that_is_wrong_is_listed_at_once() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["cluster"]["version"] = "1.31"
        document["ground"]["zones"] = ["euw1-az1", "euw1-az2", "euw1-az6"]
        document["databases"]["orders"]["read_replicas"] = 1

    assert "has 3 problems" in refusal(edit)

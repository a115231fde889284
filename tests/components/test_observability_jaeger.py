from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.observability.jaeger.config import Backend, Memory
from components.observability.traces_spec import TracesSpec
from components.workload import Egress, Kind, Outside
from rehearsal.plugin import record
from tests.components.telemetry_parts import DEV, PROD, calls, document, jaeger

FILE = "/etc/jaeger/config.yaml"
SEARCH: dict[str, Any] = {
    "urls": ["https://search.example.com:9200"],
    "username": "jaeger",
    "password": {"config": "search"},
}


def config(environment: Environment = PROD, **settings: Any) -> Any:
    return document(jaeger(environment, **settings), "jaeger", FILE)


def backend(environment: Environment = PROD, **settings: Any) -> Any:
    return config(environment, **settings)["extensions"]["jaeger_storage"]["backends"]["traces"]


def on_search(**settings: Any) -> Mapping[str, Any]:
    """What a Jaeger on a search cluster is, with its secret."""

    def program() -> dict[str, Any]:
        part = jaeger(
            secrets={"search": pulumi.Output.secret("hunter2")},
            store="opensearch",
            opensearch={**SEARCH, **settings},
        )
        workload = part.workloads["jaeger"]
        return {
            "file": document(part, "jaeger", FILE),
            "replicas": workload.replicas,
            "kind": str(workload.kind),
            "volumes": sorted(workload.volumes),
            "secret": workload.secret_files["/etc/jaeger-secrets/password"],
            "egress": [f"{each.to}:{each.port}" for each in workload.egress],
            "unhonoured": list(part.unhonoured),
        }

    return record(program).outputs


def test_prod_keeps_traces_on_a_volume_for_as_long_as_asked() -> None:
    workload = jaeger().workloads["jaeger"]

    assert backend()["badger"]["ttl"] == {"spans": "168h"}
    assert backend()["badger"]["ephemeral"] is False
    assert backend()["badger"]["directories"]["keys"].startswith(workload.volumes["data"].path)
    assert (workload.kind, workload.replicas) == (Kind.STATEFUL, 1)


def test_one_replica_is_said_not_to_be_highly_available() -> None:
    (said,) = jaeger().unhonoured

    assert said.startswith("traces.store: badger has one replica")
    assert said.endswith("the store opensearch has several")


def test_dev_keeps_traces_in_memory() -> None:
    workload = jaeger(DEV).workloads["jaeger"]

    assert backend(DEV) == {"memory": {"max_traces": 20_000}}
    assert not workload.volumes


def test_a_retention_longer_than_the_volume_can_hold_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        TracesSpec.resolve(PROD, {"retention_days": 30})

    assert (
        "retention_days is 30, and at a gib_per_day of 10 that is about 300.0 GiB stored; a"
        " volume_gib of 100 holds 80.0: set retention_days to 8 at most, or volume_gib to 376"
    ) in str(refused.value)


def test_memory_holds_whatever_is_asked() -> None:
    assert TracesSpec.resolve(DEV, {"retention_days": 300}).retention_days == 300


@pytest.mark.parametrize(
    ("asked", "given"),
    [({"store": "opensearch"}, "missing"), ({"store": "badger", "opensearch": SEARCH}, "given")],
)
def test_a_search_cluster_goes_with_its_store(asked: dict[str, Any], given: str) -> None:
    with pytest.raises(ValidationError, match=f"store is .* and opensearch is {given}"):
        TracesSpec.resolve(PROD, asked)


def test_a_plain_connection_to_the_search_cluster_is_refused() -> None:
    with pytest.raises(ValidationError, match="urls"):
        TracesSpec.resolve(
            PROD,
            {"store": "opensearch", "opensearch": {**SEARCH, "urls": ["http://search:9200"]}},
        )


def test_several_replicas_share_a_search_cluster() -> None:
    seen = on_search()

    assert (seen["replicas"], seen["kind"], seen["volumes"]) == (2, "replicated", [])
    assert seen["egress"] == ["@internet:9200"]


def test_the_password_comes_from_a_file() -> None:
    seen = on_search()

    stored = seen["file"]["extensions"]["jaeger_storage"]["backends"]["traces"]["opensearch"]
    assert stored["auth"]["basic"] == {
        "username": "jaeger",
        "password_file": "/etc/jaeger-secrets/password",
        "reload_interval": "5m",
    }
    assert seen["secret"] == "hunter2"
    assert "hunter2" not in str(seen["file"])


def test_the_flavour_names_the_store() -> None:
    seen = on_search(flavour="elasticsearch", network="10.0.0.0/16")

    stores = seen["file"]["extensions"]["jaeger_storage"]["backends"]["traces"]
    assert list(stores) == ["elasticsearch"]
    assert seen["egress"] == ["10.0.0.0/16:9200"]


def test_that_nothing_is_deleted_from_a_search_cluster_is_said() -> None:
    (said,) = on_search()["unhonoured"]

    assert "Jaeger deletes nothing from opensearch" in said
    assert "plinth-jaeger-*" in said


def test_a_password_that_is_not_there_is_missed_by_name() -> None:
    with pytest.raises(pulumi.RunError, match="plinth:search"):
        jaeger(store="opensearch", opensearch=SEARCH)


@pytest.mark.parametrize("stores", [{}, {"memory": Memory(max_traces=1), "badger": None}])
def test_a_backend_is_exactly_one_store(stores: dict[str, Any]) -> None:
    if stores:
        assert Backend(**stores).document() == {"memory": {"max_traces": 1}}
    else:
        with pytest.raises(ValidationError, match="a backend is one store, not none"):
            Backend()


def test_spans_pass_the_memory_limiter_on_their_way_to_the_store() -> None:
    assert config()["service"]["pipelines"] == {
        "traces": {
            "receivers": ["otlp"],
            "processors": ["memory_limiter"],
            "exporters": ["jaeger_storage_exporter"],
        }
    }
    assert config()["exporters"]["jaeger_storage_exporter"]["trace_storage"] == "traces"
    assert config()["extensions"]["jaeger_query"]["storage"] == {"traces": "traces"}


def test_it_is_asked_where_it_says_how_it_is() -> None:
    workload = jaeger().workloads["jaeger"]
    extension = config()["extensions"]["healthcheckv2"]["http"]

    assert workload.health is not None
    assert extension["endpoint"].endswith(f":{workload.ports['health'].number}")
    assert extension["status"]["path"] in str(workload.health.ready)
    assert extension["status"]["path"] in workload.health.command[-1]


def test_people_open_it_on_a_docker_host_alone() -> None:
    assert calls(jaeger(DEV)) == {("@host", "eyes-jaeger", "query")}
    assert not jaeger(PROD).flows


def test_on_docker_its_volume_is_where_the_image_lets_its_user_write() -> None:
    workload = jaeger(DEV, store="badger").workloads["jaeger"]

    assert workload.volumes["data"].path == "/tmp"
    assert not workload.scratch_mib


def test_without_a_search_cluster_it_calls_nobody() -> None:
    assert Egress(to=Outside.INTERNET, port=443) not in jaeger().workloads["jaeger"].egress
    assert not jaeger().workloads["jaeger"].egress

"""Who comes into Grafana, whom it asks, and what its pages are."""

from __future__ import annotations

import configparser
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest
import yaml

from components.environment import Environment
from components.network.plan import Tier
from components.observability.dashboard import (
    Dashboard,
    Panel,
    Query,
    Row,
    Source,
    Threshold,
    Variable,
    View,
)
from components.observability.grafana.dashboard_json import LIMIT_BYTES, dashboard_json
from components.observability.grafana.dashboards import cluster
from components.observability.grafana.settings import PROVISIONING
from components.observability.grafana.workload import Asked, StateDatabase, grafana_part
from components.observability.grafana_spec import GrafanaSpec
from components.observability.part import Part
from components.observability.promql import check_log_query, for_dashboard, parse
from components.workload import Kind
from rehearsal.plugin import record
from tests.components.metrics_parts import (
    DEV,
    EVERY_PAGE,
    PROD,
    only,
    secret_paths,
    site,
    text,
    ways_out,
)

INI = "/etc/grafana/config/grafana.ini"
SOURCES = "/etc/grafana/plinth/datasources/datasources.yaml"
PROVIDERS = "/etc/grafana/plinth/dashboards/providers.yaml"
SECRET = {"secret": "grafana", "key": "hidden-credential"}
SSO: Mapping[str, Any] = {
    "authorize_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com/token",
    "userinfo_url": "https://login.example.com:8443/userinfo",
    "client_id": "grafana",
    "client_secret": SECRET,
    "email_domains": ["example.com", "example.org"],
    "administrators": ["platform"],
    "editors": ["shop", "store team"],
}
URL = "https://grafana.example.com/"
STATE = {"database": "state", "password": SECRET, "secret_key": SECRET}
ALONE = {"replicas": 1, "admin_password": SECRET}
ASKED = (
    Asked(source=Source.METRICS, role="prometheus", port="http", number=9090),
    Asked(source=Source.LOGS, role="loki", port="http", number=3100),
    Asked(source=Source.TRACES, role="jaeger", port="query", number=16686),
    Asked(source=Source.ALERTS, role="alertmanager", port="http", number=9093),
)
# Those that begin with two underscores are Grafana's own.
_VARIABLE = re.compile(r"\$\{?(?!__)(\w+)")
every_page = pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.uid)


def grafana(
    environment: Environment = PROD,
    /,
    *,
    asked: tuple[Asked, ...] = ASKED,
    pages: tuple[Dashboard, ...] = (),
    **settings: Any,
) -> Part:
    spec = GrafanaSpec.resolve(environment, settings or ({} if environment is DEV else ALONE))
    return grafana_part(site(environment), spec, pages, asked, scrape_seconds=30)


def ini(part: Part) -> configparser.RawConfigParser:
    return _read(text(part, INI))


def _read(content: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(content)
    return parser


def with_database() -> Mapping[str, Any]:
    """What two copies on a database are, with their file."""

    def program() -> dict[str, Any]:
        spec = GrafanaSpec.resolve(
            PROD,
            {"sso": SSO, "url": URL, "database": STATE},
        )
        part = grafana_part(
            site(),
            spec,
            (),
            ASKED,
            scrape_seconds=30,
            secret_key=pulumi.Output.secret("key"),
            database=StateDatabase(
                host=pulumi.Output.from_input("db.internal"),
                port=5432,
                database="grafana",
                cidr="10.1.0.0/16",
            ),
        )
        workload = only(part)
        return {
            "ini": workload.files[INI],
            "secrets": sorted(workload.secret_files),
            "kind": str(workload.kind),
            "replicas": workload.replicas,
            "kept": [volume.kept for volume in workload.volumes.values()],
            "egress": sorted(f"{each.to}:{each.port}" for each in workload.egress),
        }

    return record(program).outputs


def test_copies_hold_nothing_and_share_a_database_over_tls() -> None:
    found = with_database()
    database = _read(found["ini"])["database"]

    assert (found["kind"], found["replicas"], found["kept"]) == ("replicated", 2, [False])
    assert dict(database) == {
        "type": "postgres",
        "host": "db.internal:5432",
        "name": "grafana",
        "user": "grafana",
        "password": "$__file{/etc/grafana/secrets/database}",
        "ssl_mode": "require",
    }
    assert "10.1.0.0/16:5432" in found["egress"]


def test_every_secret_is_a_file_that_the_configuration_names() -> None:
    found = with_database()

    assert found["secrets"] == [
        f"/etc/grafana/secrets/{name}" for name in ("database", "key", "sso")
    ]
    assert all(f"$__file{{{path}}}" in found["ini"] for path in found["secrets"])


def test_no_credential_is_in_any_file() -> None:
    part = grafana(replicas=1, url=URL, sso=SSO)

    assert {each.key for each in secret_paths(only(part)).values()} == {"hidden-credential"}
    assert not any("hidden-credential" in str(content) for content in only(part).files.values())


def test_one_copy_without_a_database_has_a_volume() -> None:
    workload = only(grafana())

    assert (workload.kind, workload.replicas) == (Kind.STATEFUL, 1)
    assert workload.volumes["data"].kept
    assert ini(grafana())["database"]["type"] == "sqlite3"


def test_a_password_of_the_component_lets_admin_in_where_nobody_named_one() -> None:
    def program() -> dict[str, Any]:
        part = grafana_part(
            site(DEV),
            GrafanaSpec.resolve(DEV, {}),
            (),
            ASKED,
            scrape_seconds=30,
            admin_password=pulumi.Output.secret("made"),
        )
        return {"ini": text(part, INI), "secrets": only(part).secret_files}

    found = record(program).outputs
    security = _read(found["ini"])["security"]

    assert found["secrets"] == {"/etc/grafana/secrets/admin": "made"}
    assert security["admin_password"] == "$__file{/etc/grafana/secrets/admin}"
    assert security["disable_initial_admin_creation"] == "false"


def test_with_sso_there_is_no_admin_and_no_form() -> None:
    file = ini(grafana(replicas=1, url=URL, sso=SSO))

    assert file["security"]["disable_initial_admin_creation"] == "true"
    assert "admin_password" not in file["security"]
    assert file["auth"]["disable_login_form"] == "true"
    assert file["auth.generic_oauth"]["client_secret"] == "$__file{/etc/grafana/secrets/sso}"
    assert file["auth.generic_oauth"]["use_pkce"] == "true"
    assert file["auth.generic_oauth"]["allowed_domains"] == "example.com example.org"
    assert file["auth.generic_oauth"]["scopes"] == "openid email profile groups"


def test_the_first_group_that_fits_decides_the_role_and_no_group_is_a_viewer() -> None:
    oauth = ini(grafana(replicas=1, url=URL, sso=SSO))["auth.generic_oauth"]

    assert oauth["role_attribute_path"] == (
        "contains(to_array(groups), 'platform') && 'Admin'"
        " || contains(to_array(groups), 'shop') && 'Editor'"
        " || contains(to_array(groups), 'store team') && 'Editor'"
        " || 'Viewer'"
    )
    assert oauth["role_attribute_strict"] == "true"


def test_without_groups_everybody_is_a_viewer_and_the_quotes_stay() -> None:
    sso = {**SSO, "administrators": [], "editors": [], "scopes": ["openid", "email"]}
    oauth = ini(grafana(replicas=1, url=URL, sso=sso))["auth.generic_oauth"]

    assert oauth["role_attribute_path"] == "`'Viewer'`"
    assert oauth["scopes"] == "openid email"


def test_what_looks_like_a_comment_is_none() -> None:
    sso = {**SSO, "token_url": "https://login.example.com/token;v=2#x"}

    assert ini(grafana(replicas=1, url=URL, sso=sso))["auth.generic_oauth"]["token_url"] == (
        "`https://login.example.com/token;v=2#x`"
    )


def test_it_calls_the_provider_and_nobody_else_outside() -> None:
    assert ways_out(only(grafana(replicas=1, url=URL, sso=SSO))) == {
        ("@internet", 443),
        ("@internet", 8443),
    }
    assert ways_out(only(grafana())) == set()


def test_strangers_stay_out_and_nothing_is_told_or_fetched() -> None:
    file = ini(grafana())

    assert file["auth.anonymous"]["enabled"] == "false"
    assert file["users"]["allow_sign_up"] == "false"
    assert set(file["analytics"].values()) == {"false"}
    assert file["plugins"]["preinstall_disabled"] == "true"
    assert file["plugins"]["plugin_admin_enabled"] == "false"
    assert file["snapshots"]["external_enabled"] == "false"
    assert file["unified_alerting"]["enabled"] == "false"


@pytest.mark.parametrize(("url", "secure"), [(URL, "true"), ("http://localhost:3000/", "false")])
def test_browsers_keep_cookies_to_https_where_there_is_https(url: str, secure: str) -> None:
    security = ini(grafana(replicas=1, admin_password=SECRET, url=url))["security"]

    assert security["cookie_secure"] == secure
    assert security["strict_transport_security"] == secure
    assert security["content_security_policy"] == "true"


def test_every_key_of_the_file_has_a_value() -> None:
    file = ini(grafana())

    assert all(
        value not in ("", "None") for section in file.sections() for value in file[section].values()
    )


def sources(part: Part) -> dict[str, Any]:
    return {each["uid"]: each for each in yaml.safe_load(text(part, SOURCES))["datasources"]}


def test_datasources_have_uids_that_never_change() -> None:
    found = sources(grafana())

    assert {uid: each["type"] for uid, each in found.items()} == {
        "metrics": "prometheus",
        "logs": "loki",
        "traces": "jaeger",
        "alerts": "alertmanager",
    }
    assert [uid for uid, each in found.items() if each["isDefault"]] == ["metrics"]
    assert not any(each["editable"] for each in found.values())


@pytest.mark.parametrize("environment", [PROD, DEV])
def test_every_datasource_is_a_flow_to_the_host_and_port_it_names(
    environment: Environment,
) -> None:
    part = grafana(environment)
    suffix = "" if environment is DEV else ".observability.svc"
    calls = {(flow.target, flow.port) for flow in part.flows if flow.source == "eyes-grafana"}

    assert {each["url"] for each in sources(part).values()} == {
        f"http://eyes-{each.role}{suffix}:{each.number}" for each in ASKED
    }
    assert calls == {(f"eyes-{each.role}", each.port) for each in ASKED}
    assert {flow.tier for flow in part.flows if flow.source == "eyes-grafana"} == {Tier.PRIVATE}


def _uids(value: Any) -> Iterator[str]:
    """Every datasource that something in ``value`` leads to."""
    if isinstance(value, dict):
        yield from (str(uid) for key, uid in value.items() if key == "datasourceUid")
        yield from (uid for each in value.values() for uid in _uids(each))
    elif isinstance(value, list):
        yield from (uid for each in value for uid in _uids(each))


@pytest.mark.parametrize("asked", [ASKED, ASKED[:1], ASKED[1:3], ASKED[2:]])
def test_one_datasource_leads_only_to_others_that_there_are(asked: tuple[Asked, ...]) -> None:
    found = sources(grafana(asked=asked))

    assert set(_uids(list(found.values()))) <= set(found)


def test_logs_and_metrics_lead_to_traces_and_traces_to_logs() -> None:
    found = sources(grafana())

    assert set(_uids(found["logs"])) == {"traces"}
    assert set(_uids(found["metrics"])) == {"traces"}
    assert set(_uids(found["traces"])) == {"logs", "metrics"}


def test_pages_are_files_that_nobody_changes_in_the_browser() -> None:
    part = grafana(pages=cluster.DASHBOARDS)
    (provider,) = yaml.safe_load(text(part, PROVIDERS))["providers"]
    boards = {path for path in only(part).files if path.startswith(provider["options"]["path"])}

    assert boards == {f"/etc/grafana/boards/{page.uid}.json" for page in cluster.DASHBOARDS}
    assert (provider["disableDeletion"], provider["allowUiUpdates"]) == (True, False)
    assert provider["folderUid"] == "platform"


def test_everything_it_writes_to_is_a_volume_or_memory() -> None:
    workload = only(grafana())
    writable = {volume.path for volume in workload.volumes.values()} | set(workload.scratch_mib)

    assert writable == {"/var/lib/grafana", "/tmp", "/var/lib/grafana-search"}
    assert ini(grafana())["log"]["mode"] == "console"
    assert ini(grafana())["paths"]["data"] == "/var/lib/grafana"


def test_on_docker_people_reach_it_on_the_loopback_address() -> None:
    (people,) = (flow for flow in grafana(DEV).flows if flow.source == "@host")

    assert people.published_port == 3000


def test_no_two_pages_have_one_uid() -> None:
    assert [
        uid for uid, count in Counter(page.uid for page in EVERY_PAGE).items() if count > 1
    ] == []


@every_page
def test_every_question_of_a_page_can_be_read(page: Dashboard) -> None:
    for query in page.queries:
        match query.source:
            case Source.METRICS:
                parse(for_dashboard(query.expression))
            case Source.LOGS:
                check_log_query(query.expression)
            case Source.TRACES | Source.ALERTS:
                continue


@every_page
def test_no_panel_covers_another_or_leaves_the_page(page: Dashboard) -> None:
    cells: Counter[tuple[int, int]] = Counter()
    for panel in json.loads(dashboard_json(page))["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )

    assert max(cells.values()) == 1


@every_page
def test_panels_of_a_page_ask_datasources_that_there_are_and_have_numbers_of_their_own(
    page: Dashboard,
) -> None:
    document = json.loads(dashboard_json(page))
    numbers = [panel["id"] for panel in document["panels"]]
    asked = {
        target["datasource"]["uid"]
        for panel in document["panels"]
        for target in panel.get("targets", [])
    }

    assert len(set(numbers)) == len(numbers)
    assert asked <= {"metrics", "logs", "traces", "alerts"}
    assert document["editable"] is False


@every_page
def test_every_variable_that_a_page_asks_by_is_one_that_can_be_chosen(page: Dashboard) -> None:
    asked = {name for query in page.queries for name in _VARIABLE.findall(query.expression)}

    assert asked <= {each.name for each in page.variables}


def page_of(*panels: Panel, variables: tuple[Variable, ...] = ()) -> Dashboard:
    return Dashboard(
        uid="page", title="Page", rows=(Row(title="Row", panels=panels),), variables=variables
    )


def panel_of(
    view: View = View.STAT, thresholds: tuple[Threshold, ...] = (), *, instant: bool = True
) -> Any:
    """A panel with one query as Grafana reads it."""
    panel = Panel(
        title="Panel",
        view=view,
        thresholds=thresholds,
        queries=(Query(expression="up", instant=instant),),
    )
    return json.loads(dashboard_json(page_of(panel)))["panels"][1]


def steps(*thresholds: Threshold) -> list[tuple[str, float | None]]:
    defaults = panel_of(thresholds=thresholds)["fieldConfig"]["defaults"]
    return [(each["color"], each["value"]) for each in defaults["thresholds"]["steps"]]


def test_panels_go_on_below_where_a_row_of_the_grid_is_full() -> None:
    panel = Panel(title="Panel", queries=(Query(expression="up"),), width=10, height=4)
    panels = json.loads(dashboard_json(page_of(panel, panel, panel)))["panels"]

    assert [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in panels] == [
        (0, 0),
        (0, 1),
        (10, 1),
        (0, 5),
    ]


def test_below_the_thresholds_all_is_well_unless_green_is_what_they_rise_to() -> None:
    assert steps(Threshold(value=0.9, colour="red")) == [("green", None), ("red", 0.9)]
    assert steps(Threshold(value=1, colour="green")) == [("red", None), ("green", 1)]


def test_every_series_is_a_value_of_its_own_but_in_tables() -> None:
    assert panel_of(View.STAT)["targets"][0]["format"] == "time_series"
    assert panel_of(View.TABLE)["targets"][0]["format"] == "table"
    assert panel_of(View.HEATMAP)["targets"][0]["format"] == "heatmap"


def test_a_query_asks_for_the_newest_value_or_for_a_range() -> None:
    now, then = (panel_of(instant=instant)["targets"][0] for instant in (True, False))

    assert (now["instant"], now["range"]) == (True, False)
    assert (then["instant"], then["range"]) == (False, True)


def test_a_variable_offers_all_values_of_a_label_by_default() -> None:
    variable = Variable(name="namespace", metric="kube_namespace_created", label="namespace")
    page = page_of(Panel(title="P", queries=(Query(expression="up"),)), variables=(variable,))
    (found,) = json.loads(dashboard_json(page))["templating"]["list"]

    assert found["query"]["query"] == "label_values(kube_namespace_created, namespace)"
    assert found["current"]["value"] == ["$__all"]


def test_a_page_that_no_runtime_delivers_is_refused() -> None:
    panel = Panel(title="P", queries=(Query(expression="up", legend="x" * 1_000),) * 10)
    size = len(dashboard_json(page_of(panel)).encode())
    panels = (panel,) * (LIMIT_BYTES // size * 2)

    with pytest.raises(
        pulumi.RunError, match=rf"dashboard page has \d+ bytes, at most {LIMIT_BYTES}"
    ):
        dashboard_json(page_of(*panels))


def test_no_variable_of_the_image_hides_what_is_provisioned() -> None:
    workload = grafana().workloads["grafana"]

    assert workload.environment["GF_PATHS_PROVISIONING"] == PROVISIONING
    assert f"{PROVISIONING}/datasources/datasources.yaml" in workload.files

"""A line in a container's log comes back from Loki, by way of the collector."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
import yaml

from tests.acceptance.files import SOURCES, GeneratedFile, Kind, by_workload, checker_for, lay
from tests.acceptance.live import local_agent, local_loki
from tests.acceptance.options import OPTIONS
from tests.acceptance.programs import asked, free_port, serving, wait_until

STORE: Final = "dev"
"""The stack whose Loki keeps everything in a directory."""
CLUSTER: Final = "prod"
"""The stack whose agent reads what containers print."""
AGENT: Final = "eyes-agent"
LINE: Final = "the basket of order 4711 is empty"
PATH: Final = "var/log/pods/shop_checkout-0_6f9619ff-8b86-d011-b42d-00c04fc964ff/checkout/0.log"
"""Where a container runtime writes what a container prints."""


@contextmanager
def running(loki: Path, files: tuple[GeneratedFile, ...], root: Path) -> Generator[int]:
    """A Loki on the generated configuration among ``files``; its port."""
    main = next(file for file in files if checker_for(file.path) is Kind.LOKI)
    lay(by_workload(files)[main.workload], root)
    path = root / main.path.lstrip("/")
    port = free_port()
    configuration = local_loki(yaml.safe_load(path.read_text()), str(root / "data"), port)
    path.write_text(yaml.safe_dump(configuration))
    log = root / "loki.log"
    with serving([str(loki), f"-config.file={path}"], log):
        wait_until("Loki is ready", lambda: answers(port), log, seconds=90)
        yield port


@pytest.fixture
def stored(loki: Path, tmp_path: Path) -> Generator[int]:
    """The port of a Loki that is ready."""
    with running(loki, SOURCES[STORE](), tmp_path / "loki") as port:
        yield port


@pytest.fixture
def machine(stored: int, otelcol: Path, tmp_path: Path) -> Generator[Path]:
    """The top level of a machine whose logs the agent reads."""
    files = by_workload(SOURCES[CLUSTER]())[AGENT]
    (main,) = [file for file in files if checker_for(file.path) is Kind.COLLECTOR]
    root = tmp_path / "machine"
    lay(files, root)
    path = root / main.path.lstrip("/")
    path.write_text(yaml.safe_dump(local_agent(yaml.safe_load(path.read_text()), stored)))
    with serving([str(otelcol), "--config", str(path)], root / "otelcol.log"):
        yield root


def answers(port: int) -> bool:
    return asked(f"http://127.0.0.1:{port}/loki/api/v1/status/buildinfo") is not None


def found(port: int) -> list[dict[str, Any]]:
    """The streams with the line."""
    query = urlencode({"query": f'{{k8s_namespace_name="shop"}} |= "{LINE}"', "since": "1h"})
    answer = asked(f"http://127.0.0.1:{port}/loki/api/v1/query_range?{query}")
    return answer["data"]["result"] if answer else []


def test_a_line_of_a_container_comes_back_from_loki(machine: Path, stored: int) -> None:
    log = machine / PATH
    log.parent.mkdir(parents=True)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    log.write_text(f"{moment} stdout F {LINE}\n")

    (stream,) = wait_until("the line", lambda: found(stored), machine / "otelcol.log", seconds=90)

    assert [value[1] for value in stream["values"]] == [LINE]
    assert stream["stream"]["k8s_container_name"] == "checkout"
    assert stream["stream"]["deployment_environment_name"] == CLUSTER


def test_alerts_on_logs_are_evaluated(loki: Path, tmp_path: Path) -> None:
    root = tmp_path / "loki"
    with running(loki, OPTIONS["everything"](), root) as port:

        def rules() -> list[dict[str, Any]]:
            answer = asked(f"http://127.0.0.1:{port}/prometheus/api/v1/rules")
            groups = answer["data"]["groups"] if answer else []
            found = [rule for group in groups for rule in group["rules"]]
            return found if all(rule["health"] != "unknown" for rule in found) else []

        found = wait_until("every rule evaluated", rules, root / "loki.log", seconds=120)

    assert [(rule["name"], rule["health"]) for rule in found] == [("Panics", "ok")]

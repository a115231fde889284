"""Prometheus runs on the generated configuration: it scrapes, records and alerts."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
import yaml

from tests.acceptance.exporter import Loopback, loopback
from tests.acceptance.files import (
    SOURCES,
    Kind,
    arguments,
    by_workload,
    checker_for,
    lay,
    relocated,
)
from tests.acceptance.live import alone, hastened
from tests.acceptance.programs import asked, free_port, serving, wait_until

SOURCE: Final = "prod"
RECORDED: Final = 'slo:events:increase5m{slo="website"}'
"""What a rule records from the one series that is scraped, found by the labels of its probe."""
ALERT: Final = "TargetDown"
"""Fires once scrapes fail."""
REPLICA: Final = "prometheus-0"


@dataclass(frozen=True)
class Running:
    """A Prometheus server on the files of a stack.

    Attributes:
        url: Its address.
        scraped: What it scrapes and notifies.
        jobs: The jobs in its file.
        rules: How many rules its files have, by group.
        log: What it says.
    """

    url: str
    scraped: Loopback
    jobs: frozenset[str]
    rules: Counter[str]
    log: Path

    def get(self, path: str) -> Any:
        """What the API answers, None while it has nothing to answer."""
        answer = asked(f"{self.url}/api/v1/{path}")
        return answer["data"] if answer else None

    def value(self, expression: str) -> list[Any]:
        """The instant vector of an expression."""
        data = self.get(f"query?query={quote(expression)}")
        return data["result"] if data else []


@pytest.fixture(scope="module")
def started(
    prometheus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Callable[[], Running]]:
    """The server, started when it is first asked for: the stack is rehearsed in a test."""
    with ExitStack() as servers:

        @functools.cache
        def once() -> Running:
            return servers.enter_context(server(prometheus, tmp_path_factory.mktemp("prometheus")))

        yield once


@pytest.fixture
def running(started: Callable[[], Running]) -> Generator[Running]:
    found = started()
    yield found
    found.scraped.healthy = True


@contextmanager
def server(prometheus: Path, root: Path) -> Generator[Running]:
    """A server on the files of the stack, which are laid below ``root``."""
    files = SOURCES[SOURCE]()
    (main,) = [file for file in files if checker_for(file.path) is Kind.PROMETHEUS]
    own = by_workload(files)[main.workload]
    lay(own, root)
    rules = [file for file in own if checker_for(file.path) is Kind.RULES]
    groups = [
        group
        for file in rules
        for group in change(root / file.path.lstrip("/"), hastened)["groups"]
    ]
    path = root / main.path.lstrip("/")
    log = root / "prometheus.log"
    port = free_port()
    with loopback() as scraped:
        configuration = change(path, lambda document: alone(document, scraped.address))
        command = [
            str(prometheus),
            *(relocated(each, root) for each in arguments(SOURCE, main.workload)),
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with serving(command, log, environment={"REPLICA": REPLICA}):
            yield Running(
                url=f"http://127.0.0.1:{port}",
                scraped=scraped,
                jobs=frozenset(job["job_name"] for job in configuration["scrape_configs"]),
                rules=Counter({group["name"]: len(group["rules"]) for group in groups}),
                log=log,
            )


def change(path: Path, how: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Rewrite a YAML file; what it holds then."""
    changed = how(yaml.safe_load(path.read_text(encoding="utf-8")))
    path.write_text(yaml.safe_dump(changed), encoding="utf-8")
    return changed


def test_every_job_is_scraped(running: Running) -> None:
    def up() -> bool:
        targets = running.get("targets?state=active") or {}
        found = {
            each["scrapePool"]
            for each in targets.get("activeTargets", ())
            if each["health"] == "up"
        }
        return found >= running.jobs

    assert running.jobs
    wait_until(f"up: {sorted(running.jobs)}", up, running.log)


def test_a_series_is_recorded(running: Running) -> None:
    wait_until(f"a value of {RECORDED}", lambda: running.value(RECORDED), running.log)


def test_every_rule_is_evaluated_and_none_fails(running: Running) -> None:
    def rules() -> list[tuple[str, Any]]:
        data = running.get("rules") or {"groups": []}
        found = [(group["name"], rule) for group in data["groups"] for rule in group["rules"]]
        return found if all(rule["health"] != "unknown" for _, rule in found) else []

    found = wait_until("every rule evaluated", rules, running.log)

    failed = [(rule["name"], rule["lastError"]) for _, rule in found if rule["health"] != "ok"]
    assert failed == []
    assert Counter(group for group, _ in found) == running.rules


def test_an_alert_fires_when_scrapes_fail_and_not_before(running: Running) -> None:
    def firing(name: str) -> list[Any]:
        return running.value(f'ALERTS{{alertname="{name}",alertstate="firing"}}')

    def sent(name: str) -> list[dict[str, str]]:
        told = [each["labels"] for each in running.scraped.alerts]
        return [labels for labels in told if labels["alertname"] == name]

    # It is in the same group and fires always: alerts are evaluated, and they arrive.
    wait_until("Watchdog is sent", lambda: sent("Watchdog"), running.log)
    wait_until("Watchdog fires", lambda: firing("Watchdog"), running.log)
    assert not firing(ALERT)
    assert not sent(ALERT)

    running.scraped.healthy = False

    wait_until(f"{ALERT} fires", lambda: firing(ALERT), running.log)
    labels = wait_until(f"{ALERT} is sent", lambda: sent(ALERT), running.log)[0]
    assert labels["environment"] == SOURCE
    assert "replica" not in labels

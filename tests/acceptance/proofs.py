"""The groups of rules that stacks deploy, and what promtool says of their cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from components.observability.alert import Group
from components.observability.prometheus.rule_files import rule_file, test_file
from components.observability.rules import alertmanager, postgres, prometheus
from components.observability.rules.catalogue import GROUPS
from components.observability.slo import Slo
from components.observability.slo_rules import slo_groups
from stacks.settings import Settings
from tests.acceptance.programs import run

RUNBOOKS: Final = "https://runbooks.example.com/runbooks"
CATALOGUE: Final[Mapping[str, Group]] = {group.name: group for group in GROUPS}


def groups_of(settings: Settings) -> dict[str, Group]:
    """Every group that a stack can deploy, with the numbers of its settings, by name."""
    spec = settings.observability
    if spec is None:
        return dict(CATALOGUE)
    copies = spec.metrics.replicas if settings.cluster else 1
    sized = (
        *prometheus.groups(replicas=copies, series_budget=spec.metrics.series, remote_write=False),
        *alertmanager.groups(members=spec.alerting.replicas),
        *postgres.groups(),
        *(group for name, each in spec.slos.items() for group in slo_groups(Slo(name, each))),
    )
    return {**CATALOGUE, **{group.name: group for group in sized}}


def cases(group: Group) -> set[str]:
    """The names of the tests of a group, as its test file has them."""
    return {
        f"{alert.name} {kind}, case {number}"
        for alert in group.alerts
        for kind, each in (("fires", alert.firing), ("is silent", alert.silent))
        for number, _ in enumerate(each, start=1)
    }


@dataclass(frozen=True)
class Proof:
    """What promtool made of a group's cases: nothing to complain of, where all of them hold."""

    complaint: str
    passed: frozenset[str]


@dataclass
class Proofs:
    """Proofs of groups, each group tried once, and the alerts that they prove by group."""

    promtool: Path
    root: Path
    alerts: dict[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[str, Proof] = field(default_factory=dict)

    def of(self, group: Group) -> Proof:
        """Play every case of every alert of ``group``."""
        key = group.model_dump_json()
        if key not in self._known:
            directory = self.root / str(len(self._known))
            directory.mkdir()
            self._known[key] = prove(group, self.promtool, directory)
        return self._known[key]


def prove(group: Group, promtool: Path, root: Path) -> Proof:
    """Let promtool play every case of every alert of ``group``, in the directory ``root``."""
    (root / "rules.yml").write_text(rule_file(group, RUNBOOKS), encoding="utf-8")
    tests = root / "tests.yml"
    tests.write_text(test_file(group, "rules.yml"), encoding="utf-8")
    report = root / "report.xml"
    status, said = run([str(promtool), "test", "rules", f"--junit={report}", str(tests)])
    return Proof(complaint=said if status else "", passed=_passed(report))


def _passed(report: Path) -> frozenset[str]:
    """The names of the tests that promtool ran and that held."""
    if not report.exists():
        return frozenset()
    found = ET.parse(report).iter("testcase")  # noqa: S314 promtool wrote it here
    return frozenset(str(each.get("name")) for each in found if len(each) == 0)

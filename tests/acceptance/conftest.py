from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import pytest

from tests.acceptance.cluster import Api, Tally
from tests.acceptance.cluster import cluster as running_cluster
from tests.acceptance.files import Kind
from tests.acceptance.programs import NEEDED, Programs
from tests.acceptance.proofs import Proofs
from tests.acceptance.verdicts import Verdicts
from tools.checkers import CHECKERS, COMMAND, binary, go_release

UNCHECKED: Final = "NOT checked"
NO_GO: Final = f"no `go` on PATH: generated files are {UNCHECKED} by real programs"
FOUND = pytest.StashKey[dict[str, Path]]()
GO = pytest.StashKey[bool]()
VERDICTS = pytest.StashKey[Verdicts]()
PROOFS = pytest.StashKey[Proofs]()
TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[VERDICTS] = Verdicts()
    config.stash[TALLY] = Tally()
    config.stash[GO] = go_release() is not None
    found = {name: binary(name) for name in CHECKERS}
    config.stash[FOUND] = {name: path for name, path in found.items() if path}


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    proofs = config.stash.get(PROOFS, None)
    proven = proofs.alerts if proofs else {}
    reports: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = Counter(reason(report) for report in reports)
    lines = [
        *config.stash[VERDICTS].lines(),
        *(f"alerts of {where}, firing and silent: {len(names)}" for where, names in proven.items()),
        *config.stash[TALLY].lines(),
        *(f"{count} tests SKIPPED: {why}" for why, count in reasons.items() if UNCHECKED in why),
    ]
    if lines:
        terminalreporter.section("what real programs accept")
    for line in lines:
        terminalreporter.write_line(line)


def reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    where = report.longrepr
    return where[2].removeprefix("Skipped: ") if isinstance(where, tuple) else ""


@pytest.fixture(scope="session")
def program(pytestconfig: pytest.Config) -> Callable[[str], Path]:
    """The binary of a name; without it, the test skips."""

    def of(name: str) -> Path:
        if not pytestconfig.stash[GO]:
            pytest.skip(NO_GO)
        path = pytestconfig.stash[FOUND].get(name)
        if path is None:
            pytest.skip(f"no `{name}`: what it checks is {UNCHECKED}; `{COMMAND}` says why")
        return path

    return of


@pytest.fixture(scope="session")
def promtool(program: Callable[[str], Path]) -> Path:
    return program("promtool")


@pytest.fixture(scope="session")
def prometheus(program: Callable[[str], Path]) -> Path:
    return program("prometheus")


@pytest.fixture(scope="session")
def amtool(program: Callable[[str], Path]) -> Path:
    return program("amtool")


@pytest.fixture(scope="session")
def loki(program: Callable[[str], Path]) -> Path:
    return program("loki")


@pytest.fixture(scope="session")
def otelcol(program: Callable[[str], Path]) -> Path:
    return program("otelcol")


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """What a real Kubernetes API agreed to so far, for the whole run."""
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def cluster(
    program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Api]:
    """A Kubernetes API for the whole run; without its programs, the test skips."""
    root = tmp_path_factory.mktemp("cluster")
    with running_cluster(program("etcd"), program("kube-apiserver"), root) as api:
        yield api


@pytest.fixture
def programs_for(program: Callable[[str], Path]) -> Callable[[Kind], Programs]:
    """What judging files of a kind needs; without it, the test skips."""
    return lambda kind: {NEEDED[kind]: program(NEEDED[kind])}


@pytest.fixture(scope="session")
def verdicts(pytestconfig: pytest.Config) -> Verdicts:
    """What was said of files so far, for the whole run."""
    return pytestconfig.stash[VERDICTS]


@pytest.fixture(scope="session")
def proofs(
    pytestconfig: pytest.Config, promtool: Path, tmp_path_factory: pytest.TempPathFactory
) -> Proofs:
    """What promtool made of alerts so far, for the whole run."""
    pytestconfig.stash[PROOFS] = Proofs(promtool, tmp_path_factory.mktemp("proofs"))
    return pytestconfig.stash[PROOFS]

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

pytest_plugins = ["rehearsal.plugin", "pytester"]


@pytest.fixture(scope="session")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("configuration")


@pytest.fixture(autouse=True)
def own_configuration(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests out of the configuration of the person who runs them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(configuration))


@pytest.fixture(autouse=True)
def day_of_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the versions that tests name stay in support, whenever tests run."""
    monkeypatch.setattr("stacks.settings.today_utc", lambda: date(2026, 11, 21))

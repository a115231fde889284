from __future__ import annotations

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

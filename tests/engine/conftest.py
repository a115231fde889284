from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from rehearsal.sdk import Sdk
from tests.engine.stages import Pair

SDK = Sdk()
WITHOUT_CLI = "no `pulumi` on PATH: agreement with the real Pulumi engine is NOT tested"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("pulumi") is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=WITHOUT_CLI))


@pytest.fixture
def pair(tmp_path: Path) -> Generator[Pair]:
    with Pair.opened(tmp_path, SDK) as opened:
        yield opened

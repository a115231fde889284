"""Every dependency is pinned exactly, justified, and loaded only by what needs it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping

import pytest

from tests.architecture.source import ROOT, pyproject

DECISION = ROOT / "docs" / "decisions" / "0003-dependencies.md"
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[a-z,]+\])?==(?P<version>[0-9][A-Za-z0-9.]*)( ;.*)?")


def declared() -> list[str]:
    project = pyproject()["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["test"]]


def compiled() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def pins(requirements: Iterable[str]) -> Mapping[str, str]:
    """Versions by package.

    Raises:
        ValueError: a requirement is not ``name==version``.
    """
    found: dict[str, str] = {}
    for requirement in requirements:
        pin = PIN.fullmatch(requirement.strip())
        if pin is None:
            raise ValueError(f"{requirement} is not pinned: write name==version")
        found[pin["name"].lower()] = pin["version"]
    return found


def test_every_requirement_is_pinned_exactly_and_compiled() -> None:
    assert pins(declared()).items() <= pins(compiled()).items()


@pytest.mark.parametrize(
    "requirement", ["rich", "rich>=15", "rich==15.*", "rich~=15.0", "rich @ https://example.org"]
)
def test_what_is_not_an_exact_pin_is_found(requirement: str) -> None:
    with pytest.raises(ValueError, match="is not pinned"):
        pins(["typer==0.29.2", requirement])


def test_what_builds_the_project_is_pinned_too() -> None:
    # make setup installs the project without build isolation: from these versions.
    needed = {re.split(r"\W", each)[0] for each in pyproject()["build-system"]["requires"]}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert needed <= pins(compiled()).keys()
    assert "--no-build-isolation" in makefile
    assert re.search(r"^UV_VERSION := [0-9.]+$", makefile, re.MULTILINE)
    assert "uv==$(UV_VERSION)" in makefile


def test_every_dependency_says_why_it_is_there() -> None:
    decision = DECISION.read_text(encoding="utf-8")

    assert [name for name in pins(declared()) if not re.search(rf"\b{name}\b", decision)] == []


def test_the_platform_loads_no_provider_sdk_before_its_ground_is_known() -> None:
    program = (
        "import sys, stacks.platform;"
        "print([name for name in sys.modules if name.startswith('pulumi_')])"
    )
    done = subprocess.run(  # noqa: S603 a fixed program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"

"""The pytest plugin: record a Pulumi program, assert on plain data.

Register it with ``pytest_plugins = ["rehearsal.plugin"]`` or ``-p rehearsal.plugin``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator
from typing import Protocol

import pytest

from rehearsal.leftovers import discard, outstanding
from rehearsal.recorder import Program, record, record_both
from rehearsal.recording import Recording, RecordingError, Registration, inventory_file
from rehearsal.traps import Trap

__all__ = [
    "Program",
    "Recording",
    "RecordingError",
    "Registration",
    "Trap",
    "inventory_file",
    "record",
    "record_both",
]


class Inventory(Protocol):
    """Compares a recording with its inventory file."""

    def __call__(self, name: str, recording: Recording) -> None:
        """Compare with ``<inventory_dir>/<name>.yaml``; write it under ``--update-inventory``."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-inventory`` and the setting ``inventory_dir``."""
    parser.getgroup("rehearsal").addoption(
        "--update-inventory",
        action="store_true",
        help="write the inventory files instead of comparing with them",
    )
    parser.addini(
        "inventory_dir",
        "folder of the inventory files, relative to the root",
        default="tests/inventory",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let provider SDKs load lazily where warnings are errors.

    Loading a module of an SDK warns of each deprecated type in it, used or not.
    """
    config.addinivalue_line(
        "filterwarnings",
        r"ignore:\S+ has been deprecated in favor of \S+:DeprecationWarning",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that declares resources and leaves their work to a later test."""
    del item
    __tracebackhide__ = True
    before = outstanding()
    try:
        result = yield
    finally:
        left = discard(outstanding() - before)
    if left:
        listed = "\n".join(f"  {line}" for line in left)
        raise RecordingError(
            f"the test left Pulumi work that never ran to its end:\n{listed}\n"
            "Declare resources and apply outputs only inside record(), and assert on the "
            "recording it returns."
        )
    return result


@pytest.fixture
def rehearse() -> Callable[..., Recording]:
    """Run a program once: ``rehearsal.plugin.record``."""
    return record


@pytest.fixture
def inventory(request: pytest.FixtureRequest) -> Inventory:
    """Compare a recording's inventory with a committed file.

    A failing comparison names the command that writes the file again.
    """
    config = request.config
    folder = config.rootpath / str(config.getini("inventory_dir"))
    command = f"pytest --update-inventory {shlex.quote(request.node.nodeid)}"

    def compare(name: str, recording: Recording) -> None:
        __tracebackhide__ = True
        update = bool(config.getoption("--update-inventory"))
        inventory_file(folder / f"{name}.yaml", recording, update=update, command=command)

    return compare

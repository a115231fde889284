"""Stand-ins for what the command touches outside itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plinth.errors import PlinthError
from plinth.machine import Presence
from plinth.target import Target
from rehearsal.events import Event, Kind, Listener, Summary
from tests.plinth.recorded import destroy, first_up


@dataclass
class FakeMachine:
    """A machine that has what it is told to have and remembers what was asked of it."""

    cli: Path | None = None
    reachable: bool = False
    installs: bool = False
    asked: list[str] = field(default_factory=list)

    def find_cli(self) -> Path | None:
        self.asked.append("cli")
        return self.cli

    def install_cli(self) -> Path:
        self.asked.append("install")
        if not self.installs:
            raise PlinthError("the download failed")
        return Path("/home/ann/.pulumi/versions/3.272.0/bin/pulumi")

    def docker(self, host: str) -> Presence:
        self.asked.append(host)
        if self.reachable:
            return Presence(True, f"Docker answers at {host}")
        return Presence(False, f"Docker does not answer at {host}")

    def credentials(self, kind: str) -> Presence:
        self.asked.append(kind)
        if self.reachable:
            return Presence(True, f"{kind} credentials come from a file")
        return Presence(False, f"there are no {kind} credentials")


@dataclass
class FakeRunner:
    """Plays recorded events; ``error`` is raised before the first."""

    previewed: Sequence[Event] = field(default_factory=lambda: first_up(Kind.PREVIEW))
    upped: Sequence[Event] = field(default_factory=first_up)
    downed: Sequence[Event] = field(default_factory=destroy)
    error: BaseException | None = None
    played: list[str] = field(default_factory=list)

    def preview(self, listener: Listener) -> Summary:
        return self._play("preview", self.previewed, listener)

    def up(self, listener: Listener) -> Summary:
        return self._play("up", self.upped, listener)

    def down(self, listener: Listener) -> Summary:
        return self._play("down", self.downed, listener)

    def _play(self, name: str, events: Sequence[Event], listener: Listener) -> Summary:
        self.played.append(name)
        if self.error is not None:
            raise self.error
        for event in events:
            listener(event)
        last = events[-1]
        assert isinstance(last, Summary)
        return last


def target(stack: str, directory: Path = Path("/shop")) -> Target:
    if stack == "dev":
        return Target(directory, "shop", stack, "docker", "unix:///run/docker.sock")
    return Target(directory, "shop", stack, "aws")

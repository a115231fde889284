"""The committed stacks on stage: the program of the repository, a world, a state."""

from __future__ import annotations

import runpy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from plinth.judging import RuleAnalyzer
from policies.catalogue import RULES
from policies.exemptions import Exemptions, find
from rehearsal.analysis import Analyzer
from rehearsal.engine import Engine, Project
from rehearsal.events import Event
from rehearsal.program import InlineProgram
from rehearsal.sdk import Sdk
from rehearsal.state import ResourceState
from rehearsal.store import Store
from rehearsal.values import Secret, mask, walk_secrets
from rehearsal.world import Fault, World
from tests.stacks.files import ROOT, config
from tools.release import PASSPHRASE

SDK: Final = Sdk()


def analyzer(*, exempting: bool = True) -> RuleAnalyzer:
    """What judges a stack of the project, with the project's exemptions."""
    ids = [rule.id for rule in RULES]
    return RuleAnalyzer(RULES, find(ROOT / "policies", ids) if exempting else Exemptions())


def program() -> None:
    """What Pulumi runs."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@dataclass
class Staged:
    """One stack below ``root``; its world is in memory unless the store's own is wanted."""

    stack: str
    root: Path
    world: World | None = field(default_factory=World)
    analyzers: Sequence[Analyzer] = ()
    events: list[Event] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        committed = config(self.stack)
        self.config = self.config or committed
        # What is exempt in a committed stack is not there in another one of the same name.
        self.analyzers = self.analyzers or (analyzer(exempting=self.config == committed),)

    @property
    def settings(self) -> dict[str, Any]:
        return self.config["plinth:settings"]

    @property
    def store(self) -> Store:
        return Store(self.root, "plinth", self.stack, PASSPHRASE)

    def engine(self) -> Engine:
        self.events.clear()
        return Engine(
            Project("plinth", self.stack, InlineProgram(program), ROOT, self.config),
            self.store,
            world=self.world,
            sdk=SDK,
            analyzers=self.analyzers,
            listener=self.events.append,
            seed=b"on stage",
        )

    def crash(self, fault: Fault) -> None:
        assert self.world is not None
        self.world.faults.clear()
        self.world.faults.order(fault)

    def essence(self) -> Mapping[str, Any]:
        """The state but for moments and the random ids of providers."""
        states = self.store.load().resources
        providers = {state.urn: state.id for state in states if state.is_provider}
        return {state.urn: _essence(state, providers) for state in states}

    def secrets(self) -> set[str]:
        found: set[str] = set()
        for state in self.store.load().resources:
            for text in walk_secrets({"i": state.inputs, "o": state.outputs}):
                found |= _texts(text)
        return found

    def written(self) -> bytes:
        return b"\n".join(p.read_bytes() for p in self.root.rglob("*") if p.is_file())


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        # What is shorter occurs by chance; what has spaces is a text with a secret inside.
        return {value} if len(value) >= 12 else set()
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return set()


def _essence(state: ResourceState, providers: Mapping[str, str]) -> Mapping[str, Any]:
    known = vars(state) | {
        "inputs": _settled(state.inputs),
        "outputs": _settled(state.outputs),
        "provider": state.provider_urn,
    }
    if state.urn in providers:
        known["id"] = "random"
    ignored = {"created", "modified", "fragment", "source_position"}
    return {key: value for key, value in known.items() if key not in ignored}


def _settled(value: Any) -> Any:
    return mask(value, "secret") if isinstance(value, Secret | dict | list) else value

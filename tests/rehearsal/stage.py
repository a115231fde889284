"""A small stage for engine tests: a program, a world, a listener, all in memory but the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.analysis import Analyzer
from rehearsal.engine import Engine, Project
from rehearsal.events import Event, Op, StepDone, StepFailed, Summary
from rehearsal.program import InlineProgram
from rehearsal.sdk import Sdk
from rehearsal.state import ResourceState
from rehearsal.store import Store
from rehearsal.world import Fault, World

SDK = Sdk()
PASSPHRASE = "stage"


@dataclass
class Stage:
    """One stack ``dev`` of the project ``shop`` below ``root``."""

    root: Path
    world: World = field(default_factory=World)
    stack: str = "dev"
    config: Mapping[str, Any] = field(default_factory=dict)
    analyzers: Sequence[Analyzer] = ()
    world_in_file: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return Store(self.root, "shop", self.stack, PASSPHRASE)

    def engine(self, program: Callable[[], Any]) -> Engine:
        self.events.clear()
        return Engine(
            Project("shop", self.stack, InlineProgram(program), self.root, config=self.config),
            self.store,
            world=None if self.world_in_file else self.world,
            sdk=SDK,
            analyzers=self.analyzers,
            listener=self.events.append,
            seed=b"stage",
        )

    def up(self, program: Callable[[], Any]) -> Summary:
        return self.engine(program).up()

    def preview(self, program: Callable[[], Any]) -> Summary:
        return self.engine(program).preview()

    def destroy(self, *, ignore_protect: bool = False) -> Summary:
        return self.engine(lambda: None).destroy(ignore_protect=ignore_protect)

    def refresh(self) -> Summary:
        return self.engine(lambda: None).refresh()

    def order(self, fault: Fault) -> None:
        self.world.faults.order(fault)

    @property
    def resources(self) -> dict[str, ResourceState]:
        return {state.name: state for state in self.store.load().resources}

    def steps(self, name: str | None = None) -> list[tuple[Op, str]]:
        return [
            (event.step.op, event.step.name)
            for event in self.events
            if isinstance(event, StepDone) and name in (None, event.step.name)
        ]

    def ops(self, name: str) -> list[Op]:
        return [op for op, _ in self.steps(name)]

    def done(self, name: str) -> StepDone:
        (event,) = [e for e in self.events if isinstance(e, StepDone) and e.step.name == name]
        return event

    def failures(self) -> list[StepFailed]:
        return [event for event in self.events if isinstance(event, StepFailed)]

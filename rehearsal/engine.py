"""Preview, up, refresh and destroy against a simulated world, for machines without the Pulumi CLI.

This is a rehearsal, not a replacement for Pulumi: it never touches a real cloud.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from rehearsal.analysis import Analyzer
from rehearsal.checkpoint import Checkpoint
from rehearsal.deploy import Deployment
from rehearsal.errors import RehearsalError
from rehearsal.events import (
    Diagnostic,
    Event,
    Kind,
    Level,
    Listener,
    Op,
    Started,
    StepDone,
    Summary,
)
from rehearsal.lock import Holder
from rehearsal.operation import Failed, Operation, Stopped
from rehearsal.program import ORGANIZATION, Program, Terms, config_texts
from rehearsal.provider import SimulatedProvider
from rehearsal.recovery import recover
from rehearsal.refresh import refresh
from rehearsal.registry import Registry
from rehearsal.sdk import Sdk
from rehearsal.service import Monitor, Served
from rehearsal.store import Snapshot, Store
from rehearsal.world import Abandoned, Fault, World

PARALLEL: Final = 16
_UNCOUNTED: Final = frozenset(
    {
        Op.CREATE_REPLACEMENT,
        Op.DELETE_REPLACED,
        Op.DISCARD_REPLACED,
        Op.IMPORT_REPLACEMENT,
        Op.READ,
        Op.READ_REPLACEMENT,
    }
)


@dataclass(frozen=True)
class Project:
    """What is rehearsed: a program, its stack's configuration, the directory both belong to.

    ``config`` maps whole keys (``plinth:settings``) to plain values.
    """

    name: str
    stack: str
    program: Program
    root: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    secret_keys: tuple[str, ...] = ()


class Engine:
    """Runs operations on one stack, one at a time."""

    def __init__(
        self,
        project: Project,
        store: Store,
        *,
        world: World | None = None,
        sdk: Sdk | None = None,
        analyzers: Sequence[Analyzer] = (),
        listener: Listener | None = None,
        faults: Sequence[Fault] = (),
        seed: bytes | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        """Put a stack on stage.

        Args:
            project: the program and its configuration.
            store: where the state is kept.
            world: what exists; by default the stack's own world, kept beside the state.
            sdk: what is known of resource types; shared by tests to learn each type once.
            analyzers: policies that judge every resource and the stack.
            listener: receives every event, in order, one at a time.
            faults: what goes wrong in the stack's own world, to order.
            seed: what generated names come from; by default they are random.
            parallel: most steps under way at once.
        """
        self._project = project
        self._store = store
        self._world = world
        self._sdk = sdk or Sdk()
        self._analyzers = analyzers
        self._listener = listener
        self._faults = faults
        self._seed = seed
        self._parallel = parallel

    def preview(self) -> Summary:
        """Show what ``up`` would do; the state and the world stay as they are."""
        return self._operate(Kind.PREVIEW)

    def up(self) -> Summary:
        """Bring the stack to what the program asks."""
        return self._operate(Kind.UP)

    def refresh(self) -> Summary:
        """Bring the state to what the world holds."""
        return self._operate(Kind.REFRESH)

    def destroy(self, *, ignore_protect: bool = False) -> Summary:
        """Delete everything the state holds; protected resources only if that is ignored."""
        return self._operate(Kind.DESTROY, ignore_protect=ignore_protect)

    def _operate(self, kind: Kind, *, ignore_protect: bool = False) -> Summary:
        """Run one operation.

        Raises:
            RehearsalError: it could not begin; nothing was changed.
            Abandoned: a crash was ordered; nothing was cleaned up.
        """
        store = self._store
        begun = time.monotonic()
        if kind is Kind.PREVIEW:
            return self._locked(kind, begun, None, ignore_protect=ignore_protect)
        former = store.lock.acquire(kind.value)
        try:
            return self._locked(kind, begun, former, ignore_protect=ignore_protect)
        except Abandoned:
            store.lock.abandon()
            raise
        finally:
            store.lock.release()

    def _locked(
        self, kind: Kind, begun: float, former: Holder | None, *, ignore_protect: bool
    ) -> Summary:
        snapshot = self._store.load()
        if kind is not Kind.PREVIEW:
            self._store.back_up()
        show = _Show(self._listener)
        show(Started(kind, self._project.name, self._project.stack, len(snapshot.resources)))
        if former is not None:
            show(Diagnostic(Level.INFO, f"taking over from {former}, which did not finish"))
        with self._opened_world(snapshot, keep=kind is not Kind.PREVIEW) as world:
            registry = Registry(_Providers(self._sdk, world))
            recovered = recover(snapshot, registry, show)
            checkpoint = Checkpoint(snapshot, None if kind is Kind.PREVIEW else self._store.save)
            if recovered:
                checkpoint.save()
            operation = Operation(
                project=self._project.name,
                stack=self._project.stack,
                preview=kind is Kind.PREVIEW,
                parallel=self._parallel,
                config=self._project.config,
                checkpoint=checkpoint,
                registry=registry,
                emit=show,
                outputs_of=self._store.outputs_of,
                seed=self._seed,
            )
            deployment = Deployment(operation, self._analyzers, self._project.root)
            if kind is Kind.REFRESH:
                refresh(checkpoint, registry, show, self._parallel)
                deployment.outputs = snapshot.outputs
            elif kind is Kind.DESTROY:
                states = checkpoint.left
                urns = frozenset(state.urn for state in states)
                _carry_out(
                    operation,
                    lambda: deployment.remove(states, urns, ignore_protect=ignore_protect),
                )
            else:
                self._run_program(operation, deployment)
            checkpoint.save()
        summary = Summary(
            kind=kind,
            ok=not operation.failures,
            counts=show.counts,
            outputs=deployment.outputs,
            seconds=time.monotonic() - begun,
            judged=deployment.judged,
            message="\n".join(dict.fromkeys(operation.failures)),
        )
        show(summary)
        return summary

    def _run_program(self, operation: Operation, deployment: Deployment) -> None:
        project = self._project
        terms = Terms(
            project=project.name,
            stack=project.stack,
            organization=ORGANIZATION,
            monitor="",
            parallel=self._parallel,
            dry_run=operation.preview,
            root=str(project.root),
            config=config_texts(project.config),
            secret_keys=project.secret_keys,
        )
        monitor = Monitor(operation, deployment, terms)
        with Served(monitor, workers=2 * self._parallel) as served:
            running = project.program.start(replace(terms, monitor=served.address))
            try:
                ended_well = running.wait()
            except BaseException:
                running.kill()
                raise
        deployment.callbacks.close()
        if monitor.ended_by is not None:
            raise monitor.ended_by
        if not ended_well and not operation.failures:
            operation.fail("the program ended before it was done and did not say why")
        if ended_well and not operation.stopped:
            _carry_out(operation, deployment.remove_leftovers)
            _carry_out(operation, deployment.judge_stack)

    @contextmanager
    def _opened_world(self, snapshot: Snapshot, *, keep: bool) -> Generator[World]:
        if self._world is not None:
            yield self._world
            return
        path = self._store.world_path
        if keep:
            path.parent.mkdir(parents=True, exist_ok=True)
        # A preview of a stack that was never brought up leaves no file behind.
        kept = path if keep or path.exists() else None
        world = World(kept, cipher=snapshot.secrets.cipher, faults=self._faults)
        try:
            yield world
        finally:
            world.close()


class _Providers:
    """One simulated provider per package and version, over one world."""

    def __init__(self, sdk: Sdk, world: World) -> None:
        self._make = cache(lambda package, version: SimulatedProvider(package, version, sdk, world))

    def __call__(self, package: str, version: str) -> SimulatedProvider:
        return self._make(package, version)


class _Show:
    """Counts steps and passes every event on, one at a time."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self.counts: Counter[Op] = Counter()

    def __call__(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, StepDone) and event.step.op not in _UNCOUNTED:
                self.counts[event.step.op] += 1
            if self._listener is not None:
                self._listener(event)


def _carry_out(operation: Operation, act: Callable[[], None]) -> None:
    try:
        act()
    except (Stopped, Failed):
        pass
    except RehearsalError as error:
        operation.fail(str(error))

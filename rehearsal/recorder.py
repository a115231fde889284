"""Running a program once under Pulumi's mocks."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import closing
from difflib import ndiff
from typing import Any, Final

import pulumi
from pulumi.runtime import set_mocks
from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import get_root_resource, reset_options

from rehearsal.answers import SimulatedMocks
from rehearsal.drain import SETTINGS, Watch, describe_failure, in_thread
from rehearsal.monitor import RecordingMonitor
from rehearsal.program import config_texts
from rehearsal.recording import Recording, RecordingError
from rehearsal.traps import Trap, Traps
from rehearsal.values import UNKNOWN, Secret, contains_unknown, reveal

_LOGGER: Final = logging.getLogger(__name__)
_ORGANIZATION: Final = "organization"
_LEFT_BEHIND: Final = (
    "left behind: {task} was still running {seconds:g} s after the program ended. "
    "Await it, or make it an output."
)

Program = Callable[[], Mapping[str, Any] | Awaitable[Mapping[str, Any] | None] | None]


def record(
    program: Program,
    *,
    preview: bool = False,
    project: str = "plinth",
    stack: str = "test",
    config: Mapping[str, Any] | None = None,
    lookups: Mapping[str, Mapping[str, Any]] | None = None,
    allow: Collection[Trap] = (),
    patience_seconds: float = 5.0,
) -> Recording:
    """Run ``program`` once under Pulumi's mocks and return what it registered, as plain data.

    Nothing outlives the call: the event loop, the mocks and the settings are its own.

    Args:
        program: declares resources; may be async, may return outputs by name.
        preview: leave unknown what a provider would compute, as in the first preview of a stack.
        project: the project's name in URNs.
        stack: the stack's name in URNs.
        config: ``{"plinth:settings": {...}}``; a value in ``Secret`` is a secret.
        lookups: answers of the functions the program may call, and of the types its components
            may read, by token: ``{"aws:index/getRegion:getRegion": {"region": "eu-west-1"}}``.
        allow: traps that are no failure for this program.
        patience_seconds: how long to wait for work that does not end before it is a failure.

    Raises:
        RecordingError: the program fell into a trap; the message lists each one.
        Exception: whatever the program itself raised.
    """
    traps = Traps(allow, _disabled_providers(config or {}))

    async def run() -> Recording:
        watch = Watch(asyncio.get_running_loop())
        reset_options(project=project, stack=stack, preview=preview)
        _configure(config or {})
        with closing(SimulatedMocks(preview=preview)) as mocks:
            monitor = RecordingMonitor(mocks, traps, lookups or {})
            set_mocks(mocks, project, stack, preview, _LOGGER, monitor, _ORGANIZATION)
            SETTINGS.callbacks = monitor.callbacks
            outputs = await _run(program, watch, traps, patience_seconds)
        resources = monitor.finish()
        _raise_problems(traps)
        values, secrets = await _resolve(outputs)
        traps.check_values("the stack", values)
        _raise_problems(traps)
        return Recording(resources, values, secrets, preview)

    def work() -> Recording:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            return runner.run(run())

    try:
        return in_thread(contextvars.copy_context(), work)
    finally:
        # Contexts that never set a setting fall back to the last value that was set anywhere.
        contextvars.Context().run(_forget)


def record_both(program: Program, **options: Any) -> Recording:
    """Record a preview and an update, and return the update if both register the same.

    Args:
        program: as for ``record``; it runs twice.
        options: as for ``record``, without ``preview``.

    Raises:
        RecordingError: as for ``record``, and when the two differ: a resource is created inside
            ``apply``, or depends on a value that a preview does not know.
    """
    planned = sorted(r.urn for r in record(program, preview=True, **options).resources)
    recording = record(program, **options)
    made = sorted(r.urn for r in recording.resources)
    if planned == made:
        return recording
    changes = "\n".join(f"  {line}" for line in ndiff(planned, made) if line[0] in "+-")
    raise RecordingError(
        f"a preview (-) and an update (+) register different resources:\n{changes}\n"
        "A resource is created inside apply, or under a condition on an output. "
        "Let only plain values decide what exists."
    )


def _raise_problems(traps: Traps) -> None:
    if traps.problems:
        raise RecordingError("\n".join(traps.problems))


async def _run(
    program: Program, watch: Watch, traps: Traps, patience_seconds: float
) -> dict[str, pulumi.Output[Any]]:
    """Run the program to its last task.

    Raises:
        RecordingError: work failed or was left behind.
        Exception: what the program raised, unless a trap explains it.
    """
    outputs: dict[str, pulumi.Output[Any]] = {}
    raised: Exception | None = None
    try:
        returned = program()
        if inspect.isawaitable(returned):
            returned = await returned
        outputs = _outputs(returned)
    except Exception as error:  # noqa: BLE001 -- raised again once its work has ended
        raised = error
    failures, left = await watch.drain(patience_seconds)
    for error in failures:
        if not isinstance(error, Exception):
            raise error
    if raised is not None and not traps.problems:
        raise raised
    if raised is not None or failures or left:
        raise RecordingError(
            "\n".join(
                [
                    *traps.problems,
                    *([f"raised: {describe_failure(raised)}"] if raised else []),
                    *(f"failed: {describe_failure(e)}" for e in failures if e is not raised),
                    *(_LEFT_BEHIND.format(task=task, seconds=patience_seconds) for task in left),
                ]
            )
        ) from (raised or next(iter(failures), None))
    return outputs


def _outputs(returned: object) -> dict[str, pulumi.Output[Any]]:
    """The stack's exports and what the program returned."""
    mapping = {} if returned is None else returned
    if not isinstance(mapping, Mapping):
        raise RecordingError(
            f"the program returned {type(returned).__name__}; "
            "return a mapping of names to outputs, or nothing"
        )
    stack: Any = get_root_resource()
    named = {**stack.outputs, **mapping}
    return {name: pulumi.Output.from_input(value) for name, value in named.items()}


async def _resolve(
    outputs: Mapping[str, pulumi.Output[Any]],
) -> tuple[dict[str, Any], frozenset[str]]:
    values: dict[str, Any] = {}
    for name, output in outputs.items():
        value = _plain(await output.future(with_unknowns=True))
        known = await output.is_known() or contains_unknown(value)
        values[name] = value if known else UNKNOWN
    return values, frozenset([name for name, o in outputs.items() if await o.is_secret()])


def _plain(value: Any) -> Any:
    if isinstance(value, pulumi.output.Unknown):
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _configure(config: Mapping[str, Any]) -> None:
    secret = [name for name, value in config.items() if isinstance(value, Secret)]
    set_all_config(config_texts(reveal(dict(config))), secret)


def _disabled_providers(config: Mapping[str, Any]) -> list[str]:
    packages = config.get("pulumi:disable-default-providers", [])
    return json.loads(packages) if isinstance(packages, str) else list(packages)


def _forget() -> None:
    reset_options(
        project="project",
        stack="stack",
        root_directory="root_directory",
        organization=_ORGANIZATION,
    )

"""Who has to go before whom: dependencies between resources of one state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import CycleError, TopologicalSorter

from rehearsal.errors import StateError
from rehearsal.paths import overlaps
from rehearsal.registry import Registry
from rehearsal.state import ResourceState
from rehearsal.values import UNKNOWN


def dependent_replacements(
    root: ResourceState, candidates: Iterable[ResourceState], registry: Registry
) -> list[ResourceState]:
    """Resources that a replacement of ``root`` would replace too, in dependency order.

    A dependent counts if its provider would replace it, were the properties that come from a
    replaced resource to change.
    """
    condemned = {root.urn}
    found: list[ResourceState] = []
    for state in candidates:
        if state.custom and not state.external and _replaced_with(state, condemned, registry):
            condemned.add(state.urn)
            found.append(state)
    return found


def _replaced_with(state: ResourceState, condemned: set[str], registry: Registry) -> bool:
    if state.provider_urn in condemned or state.deleted_with in condemned:
        return True
    if condemned.intersection(state.replace_with):
        return True
    affected = {
        key for key, urns in state.property_dependencies.items() if condemned.intersection(urns)
    }
    if not affected or state.is_provider:
        return False
    news = {key: UNKNOWN if key in affected else value for key, value in state.inputs.items()}
    difference = registry.of(state.provider).provider.diff(
        state.urn,
        state.type,
        state.id,
        old_inputs=state.inputs,
        old_outputs=state.outputs,
        news=news,
        ignore_changes=state.ignore_changes,
        provider=state.provider,
    )
    return bool(difference.replaces) or any(
        path == "*" or overlaps(path, changed)
        for changed in difference.detailed
        for path in state.replace_on_changes
    )


def dependents_first(
    states: Sequence[ResourceState], act: Callable[[ResourceState], None], parallel: int
) -> None:
    """Call ``act`` on every state, never before all that depend on it are done.

    Independent ones run side by side, at most ``parallel`` at a time. After a failure nothing new
    begins; what is under way ends first, then the first failure is raised.

    Raises:
        StateError: some depend on each other in a circle; then nothing was acted on.
    """
    order = _order(states)
    by_id = {id(state): state for state in states}
    failure: BaseException | None = None
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="delete") as pool:
        running: dict[Future[None], int] = {}
        while order.is_active():
            if failure is None:
                running |= {pool.submit(act, by_id[key]): key for key in order.get_ready()}
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                failure = failure or future.exception()
                order.done(running.pop(future))
    if failure is not None:
        raise failure


def _order(states: Sequence[ResourceState]) -> TopologicalSorter[int]:
    by_urn: dict[str, list[ResourceState]] = defaultdict(list)
    for state in states:
        by_urn[state.urn].append(state)
    order: TopologicalSorter[int] = TopologicalSorter()
    # Newest first, so that ties are taken down in the reverse order of their making.
    for state in reversed(states):
        order.add(id(state))
        for urn in set(state.edges()) - {state.urn}:
            for dependency in by_urn.get(urn, ()):
                order.add(id(dependency), id(state))
    try:
        order.prepare()
    except CycleError as error:
        urns = {id(state): state.urn for state in states}
        circle = "".join(f"  {urns[key]}\n" for key in error.args[1])
        raise StateError(
            f"the state says that these resources depend on each other in a circle:\n{circle}"
            "None can go first. Restore the state from a backup (state.json.bak), or take one of "
            "the dependencies out of it; nothing was deleted"
        ) from error
    return order

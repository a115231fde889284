"""Work of programs that ran outside ``record`` and that nobody waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from rehearsal.drain import SETTINGS, describe_failure, describe_task, error_of


def outstanding() -> frozenset[asyncio.Future[Any]]:
    """The unfinished or failed work of programs that run outside ``record``, in this context."""
    outputs: set[asyncio.Future[Any]] = set(SETTINGS.outputs)
    loops = {output.get_loop() for output in outputs}
    return frozenset(outputs.union(*(asyncio.all_tasks(loop) for loop in loops)))


def discard(work: Collection[asyncio.Future[Any]]) -> list[str]:
    """Forget ``work`` of a program that nobody runs to its end, and describe it.

    Its tasks wait on a loop that may never run, or that runs under the next test's mocks.
    """
    descriptions: list[str] = []
    for future in work:
        loop = future.get_loop()
        error = error_of(future)
        if error is not None:
            descriptions.append(describe_failure(error))
        elif isinstance(future, asyncio.Task) and not future.done():
            descriptions.append(describe_task(future))
            future.cancel()
            if not loop.is_closed():
                loop.run_until_complete(asyncio.wait([future]))
    SETTINGS.outputs.difference_update(work)
    if work:
        SETTINGS.rpc_manager.clear()
    return sorted(set(descriptions))

"""How a program runs to its last task, and what went wrong on the way."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from pulumi.runtime import settings as pulumi_settings

# Its attributes are context variables behind a decorator that no type checker understands.
SETTINGS: Final[Any] = pulumi_settings.SETTINGS

_T = TypeVar("_T")


class InlineExecutor(ThreadPoolExecutor):
    """Runs each request to the monitor at once, on the loop's own thread.

    So requests keep their order and a recording needs no thread. A request answered by a coroutine
    is finished when the coroutine is, which is how transforms run on the program's loop.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The finished call, or the call that its coroutine will finish."""
        future: Future[Any] = Future()
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 -- whoever waits gets it
            future.set_exception(error)
            return future
        if isinstance(result, Coroutine):
            asyncio.ensure_future(result).add_done_callback(lambda done: _copy(done, future))
        else:
            future.set_result(result)
        return future


def _copy(done: asyncio.Future[Any], future: Future[Any]) -> None:
    error = asyncio.CancelledError() if done.cancelled() else done.exception()
    if error is None:
        future.set_result(done.result())
    else:
        future.set_exception(error)


def in_thread(context: contextvars.Context, work: Callable[[], _T]) -> _T:
    """Run ``work`` in a thread of its own.

    A running event loop of the caller does not matter there, and the stack is short: the SDK sends
    every frame of it with each resource, which under pytest costs as much as all the rest.
    """
    result: Future[_T] = Future()

    def run() -> None:
        try:
            result.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 -- the caller gets it
            result.set_exception(error)

    thread = threading.Thread(target=run, name="recording", daemon=True)
    thread.start()
    try:
        return result.result()
    finally:
        if result.done():
            thread.join()


class Watch:
    """Everything that runs on the event loop of one recording.

    Asyncio only logs a failure that nobody awaits, and not before its task is collected, which may
    be in another test. So every task is kept and asked at the end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._tasks: list[asyncio.Task[Any]] = []
        self._failures: list[BaseException | None] = []
        loop.set_default_executor(InlineExecutor())
        loop.set_task_factory(self._watched)
        loop.set_exception_handler(self._failed)

    async def drain(self, patience_seconds: float) -> tuple[list[BaseException], list[str]]:
        """Wait until nothing the program started is left.

        Returns:
            Every failure nobody handled, each once; and a description of each task that was still
            there when nothing had ended for ``patience_seconds``.
        """
        this = asyncio.current_task()
        left: set[asyncio.Task[Any]] = set()
        while tasks := asyncio.all_tasks() - {this}:
            done, left = await asyncio.wait(tasks, timeout=patience_seconds)
            if not done:
                break
        return self._unhandled(), sorted(describe_task(task) for task in left)

    def _unhandled(self) -> list[BaseException]:
        found = [SETTINGS.rpc_manager.unhandled_exception, *self._failures]
        # The SDK leaves a failed output among the outstanding ones, unless another carries on.
        found += [error_of(output) for output in SETTINGS.outputs]
        found += [error_of(task) for task in self._tasks if getattr(task, "_log_traceback", False)]
        return list({id(error): error for error in found if error is not None}.values())

    def _watched(
        self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        self._tasks.append(task)
        return task

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._failures.append(context.get("exception"))


def error_of(future: asyncio.Future[Any]) -> BaseException | None:
    """The error that a future ended with."""
    return future.exception() if future.done() and not future.cancelled() else None


def describe_task(task: asyncio.Task[Any]) -> str:
    """A task by its function and the line where it waits."""
    coroutine: Any = task.get_coro()
    frames = task.get_stack(limit=1)
    place = f" ({Path(frames[0].f_code.co_filename).name}:{frames[0].f_lineno})" if frames else ""
    return f"{coroutine.__qualname__}{place}"


def describe_failure(error: BaseException) -> str:
    """An error with the last line of the program that it passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/pulumi/" not in frame.filename]
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}"

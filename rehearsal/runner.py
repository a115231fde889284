"""Runs one Pulumi program: the part that lives in the program's process.

It stands alone, so that a program's directory comes first on the module path, as under Pulumi.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import json
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

_CYCLE = "circular dependency"
# Python's own name for a module that is frozen into it; elsewhere it is a file.
_MACHINERY = frozenset({__file__, runpy.__file__, "<frozen runpy>"})


def run(function: Callable[[], Any], terms: Mapping[str, Any]) -> bool:
    """Run ``function`` as a Pulumi program under ``terms``; whether it ended well.

    What goes wrong is logged to the monitor: a ``RunError`` as its message, an exit status by its
    number, anything else with the part of its traceback that is the program's. A program that ends
    itself with status 0 has ended well once its resources are registered.
    """
    return contextvars.copy_context().run(_run, function, terms)


def _run(function: Callable[[], Any], terms: Mapping[str, Any]) -> bool:
    import grpc  # noqa: PLC0415 the module is also imported where no program runs
    import pulumi  # noqa: PLC0415
    from pulumi.runtime import reset_options, run_in_stack, set_all_config  # noqa: PLC0415
    from pulumi.runtime.settings import SETTINGS  # noqa: PLC0415

    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    reset_options(
        project=terms["project"],
        stack=terms["stack"],
        organization=terms["organization"],
        root_directory=terms["root"],
        monitor_address=terms["monitor"],
        engine_address=terms["monitor"],
        parallel=terms["parallel"],
        preview=terms["dry_run"],
    )
    settings: Any = SETTINGS
    settings.engine = _Quiet(settings.engine)
    settings.outputs = _Few()
    set_all_config(dict(terms["config"]), list(terms["secret_keys"]))
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(max_workers=4 * terms["parallel"])
    loop.set_default_executor(executor)
    try:
        loop.run_until_complete(run_in_stack(lambda: _called(function)))
    except pulumi.RunError as error:
        _log_error(str(error))
        return False
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.UNAVAILABLE:
            _log_error(f"the monitor answered: {error.details()}")
        return False
    except SystemExit as error:
        # Not from the program's own course, where 0 is no error, but from within an output or a
        # coroutine: resources may be missing, and must not be taken for removed.
        _log_error(_exit_text(error.code) + " before all of its resources were registered")
        return False
    except BaseException as error:  # noqa: BLE001 whatever a program raises is its user's to see
        # The SDK raises a bare RuntimeError for a cycle; its text says all, its traceback nothing.
        _log_error(str(error) if _CYCLE in str(error) else _traceback(error))
        return False
    else:
        return True
    finally:
        _drain(loop)
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()


def _called(function: Callable[[], Any]) -> Any:
    import pulumi  # noqa: PLC0415

    try:
        return function()
    except SystemExit as error:
        if error.code in (None, 0):
            return None
        raise pulumi.RunError(_exit_text(error.code)) from None


def _exit_text(code: object) -> str:
    if code is None or isinstance(code, int):
        return f"the program ended itself with exit status {int(code or 0)}"
    # A text instead of a number is Python's way to say why; the status is then 1.
    return f"the program ended itself with exit status 1: {code}"


def _traceback(error: BaseException) -> str:
    """The traceback of ``error`` from the first frame that is the program's own."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = _own_frames(link)
            waiting += [link.__cause__, link.__context__]
    return "".join(traceback.format_exception(error))


def _own_frames(error: BaseException) -> TracebackType | None:
    import pulumi  # noqa: PLC0415

    machinery = tuple(
        f"{Path(str(module.__file__)).parent}{os.sep}" for module in (asyncio, pulumi)
    )
    frame = error.__traceback__
    while frame is not None:
        file = frame.tb_frame.f_code.co_filename
        if not (file.startswith(machinery) or file in _MACHINERY):
            return frame
        frame = frame.tb_next
    # No line of the program took part. What does not compile says itself where that is.
    return None if isinstance(error, SyntaxError) else error.__traceback__


class _Quiet:
    """The engine without the SDK's debugging: four blocking calls a resource that nobody reads."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def Log(self, request: Any) -> Any:  # noqa: N802 the protocol's name
        return None if request.severity == 0 else self._engine.Log(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class _Few(set[Any]):
    """The outputs a program still waits for, shown to the SDK a few at a time.

    Its closing loop waits for all that it is shown whenever one of them is done: with thousands of
    outputs that is quadratic. It asks again until none is left, so a few at a time is the same.
    """

    SHOWN = 64

    def __iter__(self) -> Iterator[Any]:
        self._shown = list(islice(super().__iter__(), self.SHOWN))
        return iter(self._shown)

    def clear(self) -> None:
        self.difference_update(self._shown)


def _log_error(message: str) -> None:
    import pulumi  # noqa: PLC0415

    # The monitor is gone once the engine has stopped; then it already knows why.
    with contextlib.suppress(Exception):
        pulumi.log.error(message)


def _drain(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            loop.run_until_complete(task)


def _main() -> int:
    directory, script = Path(sys.argv[1]), sys.argv[2]
    terms = json.loads(sys.stdin.read())
    sys.path.insert(0, str(directory))
    sys.argv = [script]
    # A program allocates much and frees little: collecting less often halves its time (measured).
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
    path = str(directory / script)
    return 0 if run(lambda: _script(path), terms) else 1


def _script(path: str) -> None:
    import pulumi  # noqa: PLC0415

    if not Path(path).is_file():
        raise pulumi.RunError(f"There is no program: {path} does not exist. Write or restore it.")
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    sys.exit(_main())

"""The Pulumi engine, run through the Automation API on the repository's own program."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation.errors import CommandError, ConcurrentUpdateError, InvalidVersionError
from pulumi.automation.events import EngineEvent

from plinth.engine_events import Translator
from plinth.errors import PlinthError
from plinth.passphrase import given_passphrase, local_passphrase
from plinth.target import Target
from rehearsal.analysis import Analyzer
from rehearsal.events import Kind, Listener, Summary
from rehearsal.lock import blocked
from rehearsal.values import Secret

OnEvent = Callable[[EngineEvent], None]


class CloudRunner:
    """Carries a stack through an operation with the Pulumi CLI at ``cli``.

    The packs of the project that belong to the stack's ground judge in every preview and up.
    """

    def __init__(
        self,
        target: Target,
        cli: Path,
        home: Path,
        analyzer: Analyzer,
        packs: Sequence[Path] = (),
    ) -> None:
        """Nothing is run yet.

        Args:
            target: the stack.
            cli: the Pulumi CLI.
            home: where dev keeps its state unless a backend is named.
            analyzer: the rules of the project's own packs.
            packs: directories of policy packs that judge besides.
        """
        self.target = target
        self.cli = cli
        self.home = home
        self.analyzer = analyzer
        self.packs = packs

    def preview(self, listener: Listener) -> Summary:
        """Run ``pulumi preview``."""

        def run(stack: automation.Stack, on_event: OnEvent) -> None:
            stack.preview(on_event=on_event, policy_packs=self._packs(), color="never")

        return self._operate(Kind.PREVIEW, listener, run)

    def up(self, listener: Listener) -> Summary:
        """Run ``pulumi up``."""

        def run(stack: automation.Stack, on_event: OnEvent) -> None:
            stack.up(on_event=on_event, policy_packs=self._packs(), color="never")

        return self._operate(Kind.UP, listener, run)

    def down(self, listener: Listener) -> Summary:
        """Run ``pulumi destroy``; the empty stack and its history stay."""

        def run(stack: automation.Stack, on_event: OnEvent) -> None:
            stack.destroy(on_event=on_event, color="never")

        return self._operate(Kind.DESTROY, listener, run)

    def _operate(
        self,
        kind: Kind,
        listener: Listener,
        run: Callable[[automation.Stack, OnEvent], None],
    ) -> Summary:
        began = time.monotonic()
        stack = self._stack()
        translator = Translator(kind, self.target.project, self.target.stack, listener)
        translator.begin()
        failure = None
        try:
            run(stack, translator)
            if kind is Kind.UP:
                translator.outputs = _outputs(stack)
        except ConcurrentUpdateError:
            failure = _locked(self.target.stack)
        except CommandError as error:
            failure = _last_words(error)
        judged = kind is not Kind.DESTROY and bool(self.target.packs)
        analyzer = self.analyzer if judged else None
        return translator.end(time.monotonic() - began, failure, analyzer)

    def _stack(self) -> automation.Stack:
        try:
            # The Automation API knows a CLI by the directory above its bin/, or by PATH.
            root = str(self.cli.parent.parent) if self.cli.parent.name == "bin" else None
            command = automation.PulumiCommand(root)
            workspace = automation.LocalWorkspace(
                work_dir=str(self.target.directory),
                pulumi_command=command,
                env_vars=self._environment(os.environ),
            )
            return automation.Stack.create_or_select(self.target.stack, workspace)
        except InvalidVersionError as error:
            raise PlinthError(f"{self.cli} cannot be used: {error}") from error
        except CommandError as error:
            raise PlinthError(
                f"The stack {self.target.stack} cannot be opened: {_last_words(error) or error}"
            ) from error

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        # Pulumi finds Python on PATH; it has to be the one that runs now, with our packages.
        path = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", "")])
        extra = {"PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        if not backend_is_named(environ, self.target.directory):
            if self.target.stack != "dev":
                raise PlinthError(
                    f"No place for the state of {self.target.stack} is named. Run `pulumi login` "
                    "or set PULUMI_BACKEND_URL (for example s3://BUCKET); only dev keeps its "
                    "state in .plinth by itself."
                )
            backend = self.target.own_backend
            try:
                backend.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise blocked(backend / ".pulumi", error) from error
            extra["PULUMI_BACKEND_URL"] = backend.resolve().as_uri()
            if given_passphrase(environ) is None:
                extra["PULUMI_CONFIG_PASSPHRASE"] = local_passphrase(environ)
        return extra

    def _packs(self) -> list[str]:
        return [*map(str, self.target.packs), *map(str, self.packs)]


def backend_is_named(environ: Mapping[str, str], directory: Path) -> bool:
    """Whether Pulumi already knows where to keep states: environment, project, or a login."""
    if environ.get("PULUMI_BACKEND_URL") or environ.get("PULUMI_ACCESS_TOKEN"):
        return True
    project = directory / "Pulumi.yaml"
    if project.is_file() and re.search(
        r"^backend:", project.read_text(encoding="utf-8"), re.MULTILINE
    ):
        return True
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    return (home / "credentials.json").is_file()


def _outputs(stack: automation.Stack) -> dict[str, Any]:
    return {
        name: Secret(output.value) if output.secret else output.value
        for name, output in stack.outputs().items()
    }


def _locked(stack: str) -> str:
    return (
        f"The stack {stack} is locked by another update. Wait until it has finished; if its "
        f"process is gone, release the lock with `pulumi cancel --stack {stack}`."
    )


def _last_words(error: CommandError) -> str:
    """What the CLI wrote to standard error last, its errors if it called any by that name."""
    told = [line.strip() for line in str(error).partition("stderr:")[2].splitlines()]
    wrong = [line.removeprefix("error: ") for line in told if line.startswith("error:")]
    return "\n".join(wrong or [line for line in told if line][-1:])

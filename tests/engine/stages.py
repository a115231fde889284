"""The same project on two engines: Pulumi's own with our providers attached, and ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rehearsal.analysis import Analyzer
from rehearsal.engine import Engine, Project
from rehearsal.events import Event
from rehearsal.program import ScriptProgram
from rehearsal.sdk import Sdk
from rehearsal.server import serve
from rehearsal.store import Store
from rehearsal.world import World
from tests.engine.outcome import (
    PACKAGES,
    Outcome,
    differences,
    of_engine_events,
    of_events,
    of_state,
)

ROOT = Path(__file__).parents[2]
REPOSITORY = ("Pulumi.yaml", "__main__.py", "components", "stacks")
PASSPHRASE = "agreement"
TIMEOUT_SECONDS = 900
DIFFERENCES_SHOWN = 40


@dataclass
class PulumiStage:
    """Pulumi's command line in ``directory``, with a state and a home of its own."""

    directory: Path
    project: str
    world: World
    environment: Mapping[str, str]

    def run(self, kind: str, stack: str, *flags: str) -> Outcome:
        return of_engine_events(self.events(kind, stack, *flags))

    def events(self, kind: str, stack: str, *flags: str) -> list[dict[str, Any]]:
        """What the engine tells of the operation, one document for each event."""
        fixed = ["--json", f"--stack={stack}"]
        if kind == "destroy":
            fixed.append("--ignore-protect")
        else:
            fixed.append("--skip-plugin-pre-install")
        if kind != "preview":
            fixed += ["--yes", "--skip-preview"]
        result = self.pulumi(kind, *fixed, *flags)
        return events_in(result)

    def state(self, stack: str) -> dict[tuple[str, bool], Any]:
        exported = self.pulumi("stack", "export", f"--stack={stack}")
        assert exported.returncode == 0, exported.stderr
        return of_state(json.loads(exported.stdout)["deployment"].get("resources", []))

    def begin(self, stack: str) -> None:
        result = self.pulumi("stack", "init", stack)
        assert result.returncode == 0, result.stderr

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 the arguments are this module's own
            ["pulumi", *arguments, "--non-interactive"],  # noqa: S607 found on PATH, by design
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )


@dataclass
class RehearsalStage:
    """Our engine in ``directory``, with a state of its own."""

    directory: Path
    project: str
    world: World
    sdk: Sdk
    root: Path

    def run(self, kind: str, stack: str, analyzers: Sequence[Analyzer] = ()) -> Outcome:
        events: list[Event] = []
        engine = Engine(
            Project(
                name=self.project,
                stack=stack,
                program=ScriptProgram(self.directory),
                root=self.directory,
                config=configuration(self.directory, self.project, stack),
            ),
            self._store(stack),
            world=self.world,
            sdk=self.sdk,
            analyzers=analyzers,
            listener=events.append,
        )
        match kind:
            case "preview":
                engine.preview()
            case "up":
                engine.up()
            case "refresh":
                engine.refresh()
            case _:
                engine.destroy(ignore_protect=True)
        return of_events(events)

    def state(self, stack: str) -> dict[tuple[str, bool], Any]:
        document = json.loads(self._store(stack).path.read_text())
        return of_state(document["deployment"].get("resources", []))

    def _store(self, stack: str) -> Store:
        return Store(self.root, self.project, stack, PASSPHRASE)


@dataclass
class Pair:
    """Both engines on copies of one project."""

    pulumi: PulumiStage
    rehearsal: RehearsalStage

    @classmethod
    @contextmanager
    def opened(cls, root: Path, sdk: Sdk) -> Generator[Pair]:
        """Both engines, on an empty project ``shop`` with the stack ``dev``."""
        ours, theirs = World(), World()
        with serve(PACKAGES, theirs, sdk=sdk) as ports:
            for name in ("pulumi", "rehearsal"):
                directory = root / name
                directory.mkdir()
                (directory / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
            pair = cls(
                PulumiStage(root / "pulumi", "shop", theirs, _environment(root, ports)),
                RehearsalStage(root / "rehearsal", "shop", ours, sdk, root / "rehearsals"),
            )
            pair.pulumi.begin("dev")
            yield pair
        ours.close()
        theirs.close()

    def program(self, text: str) -> None:
        """Let both projects consist of this program."""
        for stage in (self.pulumi, self.rehearsal):
            (stage.directory / "__main__.py").write_text(text)

    def configure(self, text: str) -> None:
        """Add ``text`` to the settings of the stack ``dev``."""
        for stage in (self.pulumi, self.rehearsal):
            with (stage.directory / "Pulumi.dev.yaml").open("a") as settings:
                settings.write(text)

    def begin(self, stack: str) -> None:
        """Make another stack; our engine needs no word of it."""
        self.pulumi.begin(stack)

    def adopt(self, stack: str) -> None:
        """Take the project's name and runtime from its own ``Pulumi.yaml`` and begin ``stack``."""
        for stage in (self.pulumi, self.rehearsal):
            project = yaml.safe_load((stage.directory / "Pulumi.yaml").read_text())
            stage.project = project["name"]
            options = (project["runtime"] or {}).get("options", {})
            if "virtualenv" in options:
                # The one that runs the tests has every package; a missing one would be made.
                (stage.directory / options["virtualenv"]).symlink_to(sys.prefix)
        self.begin(stack)

    def become(self, stack: str, file: str) -> None:
        """Let both projects be this repository, and begin ``stack`` with the settings in ``file``."""
        for stage in (self.pulumi, self.rehearsal):
            for name in REPOSITORY:
                _copy(ROOT / name, stage.directory / name)
            _copy(ROOT / file, stage.directory / f"Pulumi.{stack}.yaml")
        self.adopt(stack)

    def run(self, kind: str, stack: str = "dev") -> tuple[Outcome, Outcome]:
        """The operation under Pulumi's engine and under ours."""
        return self.pulumi.run(kind, stack), self.rehearsal.run(kind, stack)

    def agree(self, kind: str, stack: str = "dev") -> Outcome:
        """Run the operation; both outcomes and both states must be equal."""
        theirs, ours = self.run(kind, stack)
        found = differences(ours.plain(), theirs.plain())
        if kind != "preview":
            found += differences(self.rehearsal.state(stack), self.pulumi.state(stack), "/state")
        heard = [f"ours said {ours.messages}", f"theirs said {theirs.messages}"]
        assert not found, "\n".join([f"{kind}:", *found[:DIFFERENCES_SHOWN], *heard])
        return ours


def events_in(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """What a command with ``--json`` told."""
    lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
    assert lines, result.stdout + result.stderr
    return [json.loads(line) for line in lines]


def configuration(directory: Path, project: str, stack: str) -> dict[str, Any]:
    """The configuration in ``Pulumi.<stack>.yaml``, by whole keys."""
    path = directory / f"Pulumi.{stack}.yaml"
    if not path.exists():
        return {}
    config = (yaml.safe_load(path.read_text()) or {}).get("config") or {}
    return {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _environment(root: Path, ports: Mapping[str, int]) -> dict[str, str]:
    tools = [str(Path(sys.executable).parent), os.environ["PATH"]]
    state = root / "state"
    state.mkdir()
    return {
        "PATH": os.pathsep.join(tools),
        "HOME": str(root),
        "PULUMI_HOME": str(root / "home"),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

"""The command itself dies by a real SIGKILL, and the next command finishes the work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rehearsal.store import Store
from rehearsal.world import World

ROOT = Path(__file__).parents[2]
# Ten of the operations of dev, from the first to the last, half of them after the change.
KILLS = [
    "kill:before:1",
    "kill:after:2",
    "kill:before:5",
    "kill:after:7",
    "kill:before:10",
    "kill:after:13",
    "kill:before:16",
    "kill:after:19",
    "kill:before:22",
    "kill:after:25",
]


def plinth(*arguments: str, state: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "plinth", *arguments, "--state-dir", str(state), "--json"]
    done = subprocess.run(  # noqa: S603 our own command
        command,
        cwd=ROOT,
        env={"PATH": "", "HOME": str(state / "home"), "PULUMI_CONFIG_PASSPHRASE": "on stage"},
        capture_output=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


@pytest.mark.parametrize("fault", KILLS)
def test_an_up_killed_at_any_operation_is_finished_by_the_next(fault: str, tmp_path: Path) -> None:
    killed, _ = plinth("up", "--stack", "dev", "--rehearse", "--fault", fault, state=tmp_path)
    finished, _ = plinth("up", "--stack", "dev", "--rehearse", state=tmp_path)
    again, unchanged = plinth("up", "--stack", "dev", "--rehearse", state=tmp_path)

    assert killed == -signal.SIGKILL
    assert (finished, again) == (0, 0)
    assert unchanged["counts"]["created"] == 0
    assert unchanged["counts"]["unchanged"] == 102
    store = Store(tmp_path / "rehearsal", "plinth", "dev", "on stage")
    snapshot = store.load()
    world = World(store.world_path, cipher=snapshot.secrets.cipher)
    owned = {(s.type, s.id) for s in snapshot.resources if s.custom and not s.is_provider}
    assert {(thing.type, thing.id) for thing in world.objects()} == owned
    world.close()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_its_program_without_a_traceback(
    signum: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: plinth\n")
    (tmp_path / "Pulumi.dev.yaml").write_bytes((ROOT / "Pulumi.dev.yaml").read_bytes())
    (tmp_path / "__main__.py").write_text(
        "import os, sys, time\nprint(os.getpid(), file=sys.stderr, flush=True)\ntime.sleep(60)\n"
    )
    # Where tests run in the background, an interrupt is ignored, and a child would inherit that.
    inherited = signal.signal(signum, lambda *_: None)
    with subprocess.Popen(
        [sys.executable, "-m", "plinth", "up", "--rehearse"],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "PULUMI_CONFIG_PASSPHRASE": "on stage"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        signal.signal(signum, inherited)
        assert running.stderr is not None
        program = int(running.stderr.readline())
        # As a terminal does it: to everything in the foreground.
        os.killpg(running.pid, signum)
        try:
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()

    assert running.returncode == 128 + signum
    assert out.splitlines()[-1].endswith("up of dev failed.")
    assert err == (
        "Error: Interrupted. Nothing is lost: the same command goes on where this one stopped.\n"
    )
    with pytest.raises(ProcessLookupError):
        os.kill(program, 0)


def test_closed_streams_are_no_crash() -> None:
    script = 'exec "$0" -m plinth schema <&- >&-'
    done = subprocess.run(  # noqa: S603 our own command
        ["/bin/sh", "-c", script, sys.executable], cwd=ROOT, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")

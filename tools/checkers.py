"""``python -m tools.checkers``: build the programs that check the generated files, with Go.

Each folder of ``tools/checkers`` is a Go module that pins one product at the version Plinth
deploys. The binaries go into a cache outside the clone, keyed by the module, the options and the
Go release, so they are built once. Where Go or a Go module is not to be had, the tests that need
the binary skip, and both say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent / "checkers"
COMMAND: Final = "python -m tools.checkers"
REPORT_SECONDS: Final = 30
# A proxy that never answers ends too.
LIMIT_SECONDS: Final = 2 * 60 * 60
DIGEST_LENGTH: Final = 16
SHOWN_LINES: Final = 15
COMPILING: Final = ("-mod=readonly", "-trimpath", "-buildvcs=false")
# A binary without C runs anywhere and needs no C compiler.
GO_ENVIRONMENT: Final = {"CGO_ENABLED": "0", "GOWORK": "off"}
# What `go list` says when a committed module is wrong; anything else is the machine's affair.
WRONG_MODULE: Final = ("SECURITY ERROR", "missing go.sum entry", "updates to go.mod needed")


@dataclass(frozen=True)
class Checker:
    """A program that is built: its folder in ``tools/checkers`` and what the linker sets.

    ``told`` maps variables of the program to what the linker makes of them; a bare name of a
    variable is told the version.
    """

    name: str
    folder: str
    package: str
    version: str
    told: Mapping[str, str] | str = field(default_factory=dict)

    @property
    def module(self) -> Path:
        """The Go module that pins it."""
        return ROOT / self.folder

    @property
    def linking(self) -> str:
        """Leave out debugging tables, and tell the binary its version."""
        told = {self.told: self.version} if isinstance(self.told, str) else self.told
        return " ".join(("-s -w", *(f"-X {name}={value}" for name, value in told.items())))


_COMMON_VERSION: Final = "github.com/prometheus/common/version.Version"
_PROMETHEUS: Final = "github.com/prometheus/prometheus/cmd"
_KUBERNETES: Final = "1.36.2"
# A client that is told v0.0.0 misjudges what the server can do.
_KUBERNETES_TOLD: Final = {
    "k8s.io/component-base/version.gitVersion": f"v{_KUBERNETES}",
    "k8s.io/component-base/version.gitMajor": _KUBERNETES.split(".")[0],
    "k8s.io/component-base/version.gitMinor": _KUBERNETES.split(".")[1],
}

# In the order in which they are worth waiting for.
CHECKERS: Final = {
    checker.name: checker
    for checker in (
        Checker("promtool", "prometheus", f"{_PROMETHEUS}/promtool", "3.14.0", _COMMON_VERSION),
        Checker("prometheus", "prometheus", f"{_PROMETHEUS}/prometheus", "3.14.0", _COMMON_VERSION),
        Checker("otelcol", "otelcol", ".", "0.159.0", "main.version"),
        Checker(
            "amtool",
            "alertmanager",
            "github.com/prometheus/alertmanager/cmd/amtool",
            "0.34.0",
            _COMMON_VERSION,
        ),
        Checker(
            "loki",
            "loki",
            "github.com/grafana/loki/v3/cmd/loki",
            "3.7.6",
            "github.com/grafana/loki/v3/pkg/util/build.Version",
        ),
        Checker("etcd", "etcd", "go.etcd.io/etcd/server/v3", "3.6.14"),
        Checker(
            "kube-apiserver",
            "kubernetes",
            "k8s.io/kubernetes/cmd/kube-apiserver",
            _KUBERNETES,
            _KUBERNETES_TOLD,
        ),
    )
}


class UnavailableError(Exception):
    """This machine cannot build the program; the message says why."""


class BrokenError(Exception):
    """The program should have been built and was not; the message says why."""


def cache(environ: Mapping[str, str]) -> Path:
    """The folder of the binaries."""
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "plinth" / "checkers"


def go_release() -> str | None:
    """What ``go version`` says of the Go on PATH, None without one."""
    program = shutil.which("go")
    if program is None:
        return None
    said = subprocess.run(  # noqa: S603 the Go of whoever runs this
        [program, "version"],
        # In no module, lest Go download the release that a module asks for.
        cwd=Path(program).anchor,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() if said.returncode == 0 else None


def digest(checker: Checker, release: str) -> str:
    """Hexadecimal digits that change with whatever the binary is made of."""
    content = hashlib.sha256("\n".join((release, *COMPILING, checker.linking)).encode())
    for path in sorted(checker.module.iterdir()):
        if path.suffix in {".mod", ".sum", ".go"}:
            content.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return content.hexdigest()[:DIGEST_LENGTH]


def place(checker: Checker, release: str) -> Path:
    """Where the binary is, or will be."""
    return cache(os.environ) / digest(checker, release) / checker.name


def binary(name: str) -> Path | None:
    """The binary ``name``, None where it has not been built."""
    release = go_release()
    if release is None:
        return None
    path = place(CHECKERS[name], release)
    return path if path.is_file() else None


def build(checker: Checker, path: Path) -> None:
    """Build one program at ``path``, whole or not at all.

    Raises:
        UnavailableError: Go does not get the modules here.
        BrokenError: The modules are there, and it does not build.
    """
    _fetch(checker)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        built = Path(name) / checker.name
        options = (*COMPILING, "-ldflags", checker.linking, "-o", str(built))
        status, said = _go(checker, "build", *options, checker.package)
        if status:
            raise BrokenError(f"does not build:\n{_last_lines(said)}")
        built.replace(path)


def _fetch(checker: Checker) -> None:
    """Get the source of every package that is linked."""
    status, said = _go(checker, "list", "-mod=readonly", "-deps", checker.package)
    if not status:
        return
    if any(sign in said for sign in WRONG_MODULE):
        raise BrokenError(f"tools/checkers/{checker.folder} is wrong:\n{_last_lines(said)}")
    raise UnavailableError(f"Go does not get its modules here: {_reason(said)}")


def _go(checker: Checker, *arguments: str) -> tuple[int, str]:
    """Run Go in the checker's module; its status, and what it said where it failed."""
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        process = subprocess.Popen(  # noqa: S603 same
            [shutil.which("go") or "go", *arguments],
            cwd=checker.module,
            env={**os.environ, **GO_ENVIRONMENT},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            while True:
                try:
                    status = process.wait(REPORT_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - begun
                    if seconds > LIMIT_SECONDS:
                        raise UnavailableError(f"go {arguments[0]} ran {seconds:.0f} s") from None
                    _say(f"  {checker.name}: go {arguments[0]}, {seconds:.0f} s so far")
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        return status, said.read()


def _last_lines(said: str) -> str:
    return "\n".join(f"    {line}" for line in said.strip().splitlines()[-SHOWN_LINES:])


def _reason(said: str) -> str:
    """The last line of Go's complaint that is not about a download that went well."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("go: downloading ")]
    return " ".join(lines[-2:]) or "it does not say why"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> int:
    """Build what is missing and say where everything is; 1 if something should build and does not."""
    release = go_release()
    if release is None:
        _say("checkers: SKIPPED, no `go` on PATH: generated files are NOT checked by real programs")
        return 0
    _say(f"checkers: {cache(os.environ)}")
    broken = False
    for checker in CHECKERS.values():
        path = place(checker, release)
        known = f"{checker.name} {checker.version}"
        try:
            if path.is_file():
                _say(f"  {known}: {path}")
                continue
            _say(f"  {known}: building, minutes on a small machine")
            begun = time.monotonic()
            build(checker, path)
            size_mib = path.stat().st_size / 2**20
            _say(
                f"  {known}: built in {time.monotonic() - begun:.0f} s, {size_mib:.0f} MiB: {path}"
            )
        except UnavailableError as error:
            _say(f"  {known}: SKIPPED, what it checks is NOT checked: {error}")
        except BrokenError as error:
            broken = True
            _say(f"  {known}: FAILED, {error}")
        except OSError as error:
            _say(f"  {known}: FAILED, {error}. Name a folder to write to in XDG_CACHE_HOME.")
            return 1
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(f"interrupted; what is built is kept, `{COMMAND}` builds the rest")

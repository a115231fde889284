"""What the real programs said of every generated file, each content judged once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.acceptance import collector
from tests.acceptance.files import SOURCES, GeneratedFile, Kind, checker_for, lay
from tests.acceptance.programs import Programs, complaint

Content = tuple[tuple[str, str], ...]


def unjudged(file: GeneratedFile) -> frozenset[str]:
    """Components in a file that no program here knows; they are taken out before it is judged."""
    match checker_for(file.path):
        case Kind.JAEGER if shutil.which("jaeger") is None:
            unknown = collector.JAEGERS_OWN
        case Kind.COLLECTOR:
            unknown = collector.UNAVAILABLE
        case _:
            return frozenset()
    return unknown & collector.components(yaml.safe_load(file.content))


@dataclass
class Verdicts:
    """Complaints by content, and the files that got none.

    Attributes:
        accepted: Files without a complaint. A file that several stacks have in common is there
            once for each of them.
    """

    accepted: dict[GeneratedFile, Kind] = field(default_factory=dict, repr=False)
    _known: dict[tuple[Kind, Content], str] = field(default_factory=dict, repr=False)

    def complaint(
        self, programs: Programs, file: GeneratedFile, around: tuple[GeneratedFile, ...], root: Path
    ) -> str:
        """What is wrong with ``file``, empty where the program for it accepts it.

        Args:
            programs: What judges files of its kind.
            file: What is judged.
            around: Every file of its workload.
            root: Where those are laid before the first of them is judged.
        """
        kind = checker_for(file.path)
        if kind is None:
            raise ValueError(f"no program judges {file.path}")
        # Prometheus' own file leads promtool to the rules beside it.
        read = around if kind is Kind.PROMETHEUS else (file,)
        key = (kind, tuple(sorted((each.path, each.content) for each in read)))
        if key not in self._known:
            if not root.exists():
                lay(around, root)
            self._known[key] = complaint(programs, file, root)
        if not self._known[key]:
            self.accepted[file] = kind
        return self._known[key]

    def lines(self) -> Iterator[str]:
        """What was accepted, by program and stack, and what was not looked at."""
        whole = [file for file in self.accepted if not unjudged(file)]
        of_stacks = [file for file in whole if file.stack in SOURCES]
        for kind in Kind:
            files = [file for file in of_stacks if self.accepted[file] is kind]
            if files:
                yield f"{kind}: {_counted(files)}"
        if of_stacks:
            yield f"in all: {_counted(of_stacks)}"
        if len(whole) > len(of_stacks):
            yield f"with options that no stack asks for, besides: {len(whole) - len(of_stacks)}"
        for kind in (Kind.COLLECTOR, Kind.JAEGER):
            partly = [file for file in self.accepted if unjudged(file) and file not in whole]
            files = [file for file in partly if self.accepted[file] is kind]
            if files:
                yield _partly(kind, files)


def _counted(files: Iterable[GeneratedFile]) -> str:
    stacks = Counter(file.stack for file in files)
    each = ", ".join(f"{stack} {stacks[stack]}" for stack in sorted(stacks))
    different = len({(file.path, file.content) for file in files})
    return f"{stacks.total()} ({each}), {different} of them different"


def _partly(kind: Kind, files: list[GeneratedFile]) -> str:
    names = ", ".join(sorted({name for file in files for name in unjudged(file)}))
    why = (
        "there is no `jaeger` on PATH"
        if kind is Kind.JAEGER
        else "the collector built here has them not"
    )
    return f"NOT CHECKED in {len(files)} files, because {why}: {names}; the rest is accepted"

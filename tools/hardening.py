"""What nobody would notice: ``python -m tools.hardening [FOLDER ...]``.

Each literal that a component gives a resource is left out once. The stack that runs that line is
previewed and judged anew; what no rule notices, and what neither the program nor the rehearsal
refuses, is put to the component's own tests in a copy of the tree. The survivors are listed.
"""

from __future__ import annotations

import argparse
import ast
import functools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from shutil import copytree, ignore_patterns
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

from plinth.judging import as_rules_see
from policies.catalogue import RULES
from policies.judge import Judge
from policies.rule import Verdict
from rehearsal.analysis import Analysis, AnalyzedResource
from rehearsal.engine import Engine, Project
from rehearsal.program import InlineProgram
from rehearsal.sdk import Sdk
from rehearsal.store import Store
from rehearsal.world import World
from stacks import platform, settings, stackfile
from tools.release import PASSPHRASE

ROOT: Final = Path(__file__).parents[1]
STACKS: Final[Mapping[str, Path]] = {
    "dev": ROOT / "Pulumi.dev.yaml",
    "google-cloud": ROOT / "stacks/blueprints/google-cloud.yaml",
    "prod": ROOT / "Pulumi.prod.yaml",
}
"""The stacks that are previewed, from the quickest to the slowest; a blueprint is for prod."""

SDK: Final = Sdk()

_RENDERERS: Final = ("aws", "docker", "gcp", "hardening", "iam", "kms", "kubernetes", "s3", "swarm")
# What says who something is and which of them it is, not how it behaves.
_NAMING: Final = frozenset(
    {"Name", "Version", "description", "name", "opts", "resource_name", "tags"}
)
_NICENESS: Final = 15
_PATIENCE_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Line:
    """One literal that a component gives: ``field[index]`` of ``holder`` in the tree of ``path``."""

    path: Path
    number: int
    text: str
    tree: ast.Module
    lists: tuple[tuple[list[Any], int], ...]

    @property
    def capability(self) -> str:
        """The component, by its folder; the module itself where it has none."""
        inside = self.path.relative_to(ROOT / "components")
        return inside.parts[0].removesuffix(".py")

    def is_run(self, run: frozenset[tuple[str, int]]) -> bool:
        """Whether a line of its function was run; of its module, if it is in none."""
        around = [
            range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef)
            and node.lineno <= self.number <= (node.end_lineno or node.lineno)
        ]
        numbers = {number for path, number in run if path == str(self.path)}
        return any(number in around[-1] for number in numbers) if around else bool(numbers)

    @contextmanager
    def left_out(self) -> Generator[ast.Module]:
        """The tree without the literal."""
        taken = [(held, index, held.pop(index)) for held, index in self.lists]
        try:
            yield self.tree
        finally:
            for held, index, item in taken:
                held.insert(index, item)


def lines(folders: Sequence[str]) -> Iterator[Line]:
    """Each literal that the components below ``folders`` give to resources."""
    for path in sorted((ROOT / "components").rglob("*.py")):
        inside = str(path.relative_to(ROOT / "components"))
        if path.stem.startswith(_RENDERERS) and inside.startswith(tuple(folders) or ("",)):
            tree = ast.parse(path.read_text())
            sdks = _sdks(tree)
            for node in ast.walk(tree):
                yield from _given(node, path, tree, sdks)


def _given(node: ast.AST, path: Path, tree: ast.Module, sdks: frozenset[str]) -> Iterator[Line]:
    if isinstance(node, ast.Call) and _root(node.func) in sdks:
        for index, each in enumerate(node.keywords):
            if each.arg and each.arg not in _NAMING and _is_literal(each.value):
                text = ast.unparse(each)
                yield Line(path, each.lineno, text, tree, ((node.keywords, index),))
    elif isinstance(node, ast.Dict):
        for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            if isinstance(key, ast.Constant) and key.value not in _NAMING and _is_literal(value):
                text = f"{ast.unparse(key)}: {ast.unparse(value)}"
                held = ((node.keys, index), (node.values, index))
                yield Line(path, key.lineno, text, tree, held)


def _sdks(tree: ast.Module) -> frozenset[str]:
    """The names under which a module knows provider SDKs and their types of arguments."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            home = getattr(node, "module", None) or ""
            for each in node.names:
                if f"{home}{each.name}".startswith("pulumi_") or each.name.endswith("Args"):
                    found.add(each.asname or each.name)
    return frozenset(found)


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_literal(node: ast.AST) -> bool:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(map(_is_literal, node.elts))
    if isinstance(node, ast.UnaryOp):
        return _is_literal(node.operand)
    return isinstance(node, ast.Constant) and node.value is not None


class _Witness:
    """Keeps what policies are shown."""

    def __init__(self) -> None:
        self.single: list[AnalyzedResource] = []
        self.whole: list[AnalyzedResource] = []

    def analyze(self, resource: AnalyzedResource) -> Analysis:
        self.single.append(resource)
        return Analysis()

    def analyze_stack(self, resources: Iterable[AnalyzedResource]) -> Analysis:
        self.whole = list(resources)
        return Analysis()

    def close(self) -> None:
        """Nothing is open."""


def judged(stack: str) -> frozenset[tuple[str, str]]:
    """The pairs of rule and resource that fail in a preview of ``stack``.

    Raises:
        Exception: whatever the program or the rehearsal refuses with.
    """
    witness = _Witness()
    name = "dev" if stack == "dev" else "prod"
    config = stackfile.read(STACKS[stack]).config
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(
            Project("plinth", name, InlineProgram(_program), ROOT, config),
            Store(Path(folder), "plinth", name, PASSPHRASE),
            world=World(),
            sdk=SDK,
            analyzers=[witness],
            seed=b"hardening",
        )
        summary = engine.preview()
    if not summary.ok:
        raise ValueError(summary.message)
    judge = Judge(RULES)
    found = [each for shown in witness.single for each in judge.resource(as_rules_see(shown))]
    found += judge.stack(map(as_rules_see, witness.whole))
    failed = (each for each in found if each.verdict in (Verdict.FAIL, Verdict.DEFECT))
    return frozenset((each.rule.id, each.urn) for each in failed)


def _program() -> None:
    platform.deploy(settings.load())


def lines_run(stack: str) -> frozenset[tuple[str, int]]:
    """The lines of components that a preview of ``stack`` runs."""
    found: set[tuple[str, int]] = set()
    folder = str(ROOT / "components")

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(folder):
            return None
        if event == "line":
            found.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    try:
        judged(stack)
    finally:
        sys.settrace(None)
        threading.settrace(None)  # pyright: ignore[reportArgumentType]
    return frozenset(found)


@contextmanager
def replaced(line: Line) -> Generator[None]:
    """The imported component without the literal."""
    name = ".".join(line.path.relative_to(ROOT).with_suffix("").parts)
    module = import_module(name)
    with line.left_out() as tree:
        code = compile(ast.fix_missing_locations(tree), str(line.path), "exec", dont_inherit=True)
    undo = [*_codes_swapped(module, code), *_constants_swapped(module, code)]
    _forget()
    try:
        yield
    finally:
        for restore in undo:
            restore()
        _forget()


def _codes_swapped(module: ModuleType, code: CodeType) -> Iterator[Callable[[], None]]:
    """Give the functions of ``module`` the changed code; yields what takes it back."""
    new = {each.co_qualname: each for each in _codes(code)}
    for function in _functions(module):
        old = function.__code__
        changed = new.get(old.co_qualname)
        if changed is not None and changed != old and changed.co_freevars == old.co_freevars:
            function.__code__ = changed
            yield functools.partial(setattr, function, "__code__", old)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    homes = [vars(module)]
    homes += [
        vars(e)
        for e in homes[0].values()
        if isinstance(e, type) and e.__module__ == module.__name__
    ]
    for home in homes:
        for held in home.values():
            plain = getattr(held, "fget", None) or getattr(held, "__func__", held)
            plain = getattr(plain, "__wrapped__", plain)
            if isinstance(plain, FunctionType) and plain.__module__ == module.__name__:
                yield plain


def _constants_swapped(module: ModuleType, code: CodeType) -> Iterator[Callable[[], None]]:
    """Change the constants of ``module`` that differ, wherever they are imported."""
    other = ModuleType(module.__name__)
    vars(other)["__file__"] = module.__file__
    exec(code, vars(other))  # noqa: S102 - a component of this project
    for name, new in list(vars(other).items()):
        old = vars(module).get(name)
        if isinstance(old, dict | list) and type(old) is type(new) and repr(old) != repr(new):
            kept = old.copy()
            _fill(old, new)
            yield functools.partial(_fill, old, kept)
        elif isinstance(old, tuple | frozenset | str) and old != new:
            for home in [m for n, m in sys.modules.items() if n.startswith("components")]:
                for alias in [n for n, held in vars(home).items() if held is old]:
                    setattr(home, alias, new)
                    yield functools.partial(setattr, home, alias, old)


def _fill(held: Any, content: Any) -> None:
    held.clear()
    held.update(content) if isinstance(held, dict) else held.extend(content)


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("components"):
            for held in list(vars(module).values()):
                if callable(getattr(held, "cache_clear", None)):
                    held.cache_clear()


class Hunt:
    """Previews of the stacks as they are, to compare those of mutants with."""

    def __init__(self) -> None:
        """Preview every stack twice: once to see which lines run."""
        self._run = {stack: lines_run(stack) for stack in STACKS}
        self._usual = {stack: judged(stack) for stack in STACKS}

    def first_stage(self, line: Line) -> str:
        """What notices that ``line`` is left out, empty if nothing does."""
        stacks = [stack for stack in STACKS if line.is_run(self._run[stack])]
        for stack in stacks[:1]:
            try:
                with replaced(line):
                    failed = judged(stack)
            except Exception as error:  # noqa: BLE001 - however a program or a preview refuses
                return f"refused: {type(error).__name__}"
            rules = sorted({rule for rule, _ in failed - self._usual[stack]})
            if rules:
                return f"rules: {', '.join(rules)}"
        return ""


class Copy:
    """A copy of the tree, in which a component is changed on disk."""

    def __init__(self, folder: Path) -> None:
        """Copy what the tests of components need to ``folder``."""
        self._root = folder / "tree"
        skipped = ignore_patterns(".git", ".venv", "__pycache__", ".*_cache")
        copytree(ROOT, self._root, ignore=skipped)

    def second_stage(self, line: Line) -> str:
        """The first test of the component that fails without ``line``, empty if none does."""
        path = self._root / line.path.relative_to(ROOT)
        before = path.read_text()
        with line.left_out() as tree:
            path.write_text(ast.unparse(tree))
        try:
            done = subprocess.run(  # noqa: S603 - the tests of this project
                [
                    *(sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no"),
                    *("-p", "no:cacheprovider", "-p", "no:randomly"),
                    *self._tests(line.capability),
                ],
                cwd=self._root,
                env={**os.environ, "PYTHONPATH": str(self._root)},
                capture_output=True,
                text=True,
                timeout=_PATIENCE_SECONDS,
                check=False,
            )
        finally:
            path.write_text(before)
        failed = [each for each in done.stdout.splitlines() if each.startswith(("FAILED", "ERROR"))]
        return f"tests: {failed[0].split(' - ')[0]}" if failed else ""

    def _tests(self, capability: str) -> list[str]:
        # The contract compares whole inventories, and so notices most.
        folder = self._root / "tests/components"
        own = sorted(folder.glob(f"test_{capability}*.py"))
        shared = [folder / "test_contract.py", folder / "test_docker_variants.py"]
        return [*map(str, [*shared, *own]), "-k", f"{capability} or docker_variants"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how each line is noticed, and the survivors."""
    parser = argparse.ArgumentParser(prog="python -m tools.hardening", description=__doc__)
    parser.add_argument(
        "folder", nargs="*", help="below components/, such as network or bucket/aws"
    )
    parser.add_argument("--every", type=int, default=1, help="take every so many lines only")
    parser.add_argument("--rules-only", action="store_true", help="leave the tests out")
    given = parser.parse_args(arguments)
    os.nice(_NICENESS)
    taken = [*lines(given.folder)][:: given.every]
    began = time.monotonic()
    hunt = Hunt()
    found: Counter[str] = Counter()
    left: list[Line] = []
    for line in taken:
        how = hunt.first_stage(line)
        _tell(line, how or "no rule")
        found[how.partition(":")[0]] += 1
        if not how:
            left.append(line)
    if not given.rules_only:
        found["tests"], left = _tested(left)
    print(  # noqa: T201 - what the tool is for
        f"{len(taken)} lines: {found['rules']} noticed by rules, {found['refused']} refused, "
        f"{found['tests']} noticed by tests, {len(left)} left; "
        f"{time.monotonic() - began:.0f} seconds"
    )


def _tested(lines_left: Sequence[Line]) -> tuple[int, list[Line]]:
    """How many lines the tests notice, and the survivors."""
    left: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        for line in lines_left:
            how = copy.second_stage(line)
            _tell(line, how or "SURVIVES")
            if not how:
                left.append(line)
    return len(lines_left) - len(left), left


def _tell(line: Line, how: str) -> None:
    place = f"{line.path.relative_to(ROOT)}:{line.number}"
    print(f"| {place} | `{line.text}` | {how} |", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()

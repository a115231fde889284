"""Mutants on trial: whether an example or a test of the rules tells one from the original."""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, TypeVar

from policies import expected, rule, view
from policies.examples import example
from policies.judge import Judge
from policies.rule import Check, Rule, StackCheck
from policies.subject import Environment, Resource
from tools.mutants import SWAPPED, Mutant, compiled, mutants

ROOT: Final = Path(__file__).parents[2]
_SLOW: Final = frozenset({"test_large_stacks", "test_analyzer", "test_autofix", "test_judge"})
HELPERS: Final = tuple(
    f"policies.{name}"
    for name in (
        "addresses",
        "buckets",
        "containers",
        "documents",
        "expected",
        "images",
        "members",
        "namespaces",
        "pods",
        "sockets",
    )
)
"""Modules that decide for rules."""

RULE_MODULES: Final = tuple(
    f"policies.rules.{path.stem}"
    for path in sorted((ROOT / "policies/rules").glob("*.py"))
    if path.stem != "__init__"
)
_CATALOGUE: Final = "policies.catalogue"
_ENVIRONMENTS: Final[tuple[Environment, ...]] = ("prod", "staging", "dev")
# A test with more cases than these is one over the examples, which are judged anyway.
_MOST_CASES: Final = 60
_OPPOSITES: Final = {
    name: held
    for module in (view, rule, expected)
    for name, held in vars(module).items()
    if name in SWAPPED.values()
}

_Test = Callable[[], object]
_T = TypeVar("_T")


def survivors(name: str) -> tuple[int, list[Mutant]]:
    """How many mutants the module ``name`` has, and those that nothing tells from it."""
    path = _path(name)
    tree = ast.parse(path.read_text())
    trial = _Trial(name, [compiled(statement, str(path)) for statement in tree.body])
    count, left = 0, list[Mutant]()
    for mutant in mutants(tree, str(path)):
        count += 1
        if not trial.notices(mutant):
            left.append(mutant)
    return count, left


class _Trial:
    """The module on trial, those that depend on it, and what they say when it is unchanged."""

    def __init__(self, name: str, codes: Sequence[CodeType]) -> None:
        self._name = name
        self._codes = codes
        self._modules = _with_dependents(name)
        self._files = _tests_of(name, self._modules)
        self._originals = [
            _rules_in(import_module(each)) for each in self._modules if each in RULE_MODULES
        ]
        with self._loaded(codes):
            self._said = list(self._says())
            self._passing = [_passes(test) for test in self._tests()]
        assert not self._tells(codes), f"{name}: the original is not told from itself"

    def notices(self, mutant: Mutant) -> bool:
        """Whether an example or, where none does, a test tells the mutant from the original."""
        codes = [*self._codes]
        codes[mutant.statement] = mutant.code
        return self._tells(codes)

    def _tells(self, codes: Sequence[CodeType]) -> bool:
        try:
            with self._loaded(codes):
                return _differ(self._says(), self._said) or _differ(
                    map(_passes, self._tests()), self._passing
                )
        except Exception:  # noqa: BLE001 - a mutant may break in any way, which is noticed
            return True

    @contextmanager
    def _loaded(self, codes: Sequence[CodeType]) -> Generator[None]:
        """The module made of ``codes``, and what depends on it, in place of those imported."""
        imported = {name: import_module(name) for name in self._modules}
        try:
            for name in self._modules:
                _execute(name, codes if name == self._name else [_code(_path(name))])
            yield
        finally:
            for name, module in imported.items():
                _install(name, module)

    def _says(self) -> Iterator[object]:
        """What the rules say of the examples of the original ones."""
        loaded = [_rules_in(sys.modules[name]) for name in self._modules if name in RULE_MODULES]
        for rules, originals in zip(loaded, self._originals, strict=True):
            for id_, original in originals.items():
                yield from _verdicts(rules[id_], original)

    def _tests(self) -> Iterator[_Test]:
        """The tests of the module itself, and those of rules that depend on it."""
        for path in self._files:
            module = ModuleType(path.stem)
            exec(_code(path), vars(module))  # noqa: S102 - tests of this project
            for held in vars(module).values():
                if isinstance(held, FunctionType) and held.__name__.startswith("test_"):
                    yield from _cases(held)


def _tests_of(name: str, modules: Sequence[str]) -> list[Path]:
    """The files with tests of a module; those of a helper hold tests of its rules too."""
    about = {name} if name in RULE_MODULES else {*modules}
    files = (ROOT / "tests/policies").glob("test_*.py")
    return [
        path
        # Those that ask for limits notice most, and judge by one rule at a time.
        for path in sorted(files, key=lambda path: ("_limits_" not in path.stem, path.stem))
        # What takes long for the size of what it judges is no trial for hundreds of mutants.
        if path.stem not in _SLOW
        and _imports(path) & (about if path.stem.endswith("rules") else {name} & {*HELPERS})
    ]


def _differ(found: Iterator[object], known: Sequence[object]) -> bool:
    return any(one != other for one, other in itertools.zip_longest(found, known))


def _verdicts(rule: Rule, original: Rule) -> Iterator[object]:
    """What each check of ``rule`` says of the examples of the same one of ``original``."""
    yield len(rule.checks), len(rule.stack_checks)
    for check, own in zip(rule.checks, original.checks, strict=True):
        judge = Judge([replace(rule, checks=(check,), stack_checks=())])
        for resource in _resources(own):
            yield [_told(each) for each in judge.resource(resource)]
    for check, own in zip(rule.stack_checks, original.stack_checks, strict=True):
        judge = Judge([replace(rule, checks=(), stack_checks=(check,))])
        for stack in _stacks(own):
            yield [_told(each) for each in judge.stack(stack)]
    yield [check.settles for check in rule.stack_checks]


def _told(finding: Any) -> object:
    return finding.verdict, finding.urn, finding.message


def _resources(check: Check) -> Iterator[Resource]:
    """The examples of a check, and in the other environments the first of each kind."""
    for environment in _ENVIRONMENTS:
        for examples in (check.good, check.bad, check.undecided, check.foreign):
            for held in _shown_in(environment, examples):
                shown = held if isinstance(held, Resource) else example(check.type, "x", held)
                yield _moved(shown, environment)


def _stacks(check: StackCheck) -> Iterator[list[Resource]]:
    """The examples of a check that takes whole stacks, as those of ``_resources``."""
    for environment in _ENVIRONMENTS:
        for examples in (check.good, check.bad, check.undecided, check.foreign):
            for resources in _shown_in(environment, examples):
                yield [_moved(each, environment) for each in resources]


def _shown_in(environment: Environment, examples: Mapping[str, _T]) -> Iterator[_T]:
    return itertools.islice(examples.values(), None if environment == "prod" else 1)


def _moved(resource: Resource, environment: Environment) -> Resource:
    """``resource`` and what it names in the stack of an environment."""

    def moved(urn: str) -> str:
        return urn.replace("urn:pulumi:prod::", f"urn:pulumi:{environment}::")

    made_from = {key: [*map(moved, urns)] for key, urns in resource.property_dependencies.items()}
    return replace(
        resource,
        urn=moved(resource.urn),
        parent=moved(resource.parent),
        property_dependencies=made_from,
        dependencies=tuple(map(moved, resource.dependencies)),
    )


def _cases(test: FunctionType) -> Iterator[_Test]:
    """The calls of a test that takes nothing but what it is parametrised with."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    named = [_named(*mark.args[:2]) for mark in marks]
    if hasattr(test, "is_hypothesis_test") or any(len(each) > _MOST_CASES for each in named):
        return
    for combination in itertools.product(*named):
        given = {name: value for each in combination for name, value in each.items()}
        if given.keys() == {*test.__code__.co_varnames[: test.__code__.co_argcount]}:
            yield partial(test, **given)


def _named(names: str | Sequence[str], values: Sequence[Any]) -> list[Mapping[str, Any]]:
    split = [each.strip() for each in names.split(",")] if isinstance(names, str) else [*names]
    rows = [
        getattr(value, "values", value) if hasattr(value, "marks") else value for value in values
    ]
    if len(split) == 1:
        return [{split[0]: row} for row in rows]
    return [dict(zip(split, row, strict=True)) for row in rows]


def _passes(test: _Test) -> bool:
    try:
        test()
    except Exception:  # noqa: BLE001 - however it fails
        return False
    return True


@cache
def _path(name: str) -> Path:
    return Path(str(import_module(name).__file__))


@cache
def _code(path: Path) -> CodeType:
    return compile(path.read_text(), str(path), "exec", dont_inherit=True)


def _execute(name: str, codes: Sequence[CodeType]) -> None:
    module = ModuleType(name)
    vars(module).update(_OPPOSITES, __file__=str(_path(name)))
    _install(name, module)
    for code in codes:
        exec(code, vars(module))  # noqa: S102 - rules of this project


def _install(name: str, module: ModuleType) -> None:
    sys.modules[name] = module
    parent, _, own = name.rpartition(".")
    setattr(sys.modules[parent], own, module)


def _rules_in(module: ModuleType) -> dict[str, Rule]:
    """The rules of a module; a helper of another one may be imported beside them."""
    own = Path(str(module.__file__)).stem
    return {each.id: each for each in vars(module).values() if isinstance(each, Rule) and own}


@cache
def _imports(path: Path) -> frozenset[str]:
    """The modules of policies that a file imports, those below a package too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return frozenset(found)


@cache
def _with_dependents(name: str) -> list[str]:
    """The module ``name`` and the deciding ones that import it, each after those it imports."""
    known = (*HELPERS, *RULE_MODULES, _CATALOGUE)
    graph = {each: _imports(_path(each)) & {*known} for each in known}
    found = {name}
    order = list(TopologicalSorter(graph).static_order())
    for each in order:
        if graph[each] & found:
            found.add(each)
    return [each for each in order if each in found]

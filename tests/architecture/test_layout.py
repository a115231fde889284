"""Folders are capabilities, file names are providers; a variant is one class, two levels deep."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import (
    PROVIDERS,
    ROOT,
    Module,
    capabilities,
    files,
    imported,
    module,
    modules,
    pyproject,
    token,
    variants,
)

LONGEST_BASE_LINES = 40
# What the others are made of; it stands on no ground of its own.
WORKLOAD = "workload"
EACH_CAPABILITY = pytest.mark.parametrize("capability", capabilities())

SOUND = """
class AwsCache(Cache):
    TOKEN: ClassVar[str] = "plinth:cache:AwsCache"
"""


def contracts(key: str) -> dict[str, set[str]]:
    """The modules that each import contract is about, or the ones it forbids."""
    listed = pyproject()["tool"]["importlinter"]["contracts"]
    return {each["id"]: set(each[key]) for each in listed}


def classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in tree.body if isinstance(node, ast.ClassDef))


def bases(each: ast.ClassDef) -> list[str]:
    return [ast.unparse(base) for base in each.bases]


def variant_problems(variant: Module, interface: str) -> Iterator[str]:
    """How a module differs from one class ``<Provider><Capability>(<Interface>)``."""
    capability, provider = variant.path.parts[1], variant.path.stem
    wanted = f"{provider.title()}{capability.title()}"
    public = [each for each in classes(variant.tree) if not each.name.startswith("_")]
    components = [each for each in public if token(each)]
    if [each.name for each in components] != [wanted]:
        yield f"{variant.path}: the variant is one class with a TOKEN, called {wanted}"
    for each in components:
        if bases(each) != [interface]:
            yield f"{variant.at(each)}: {each.name} has one base, {interface}"


def interface_class(capability: str) -> str:
    """The one class of a capability that is a component."""
    (interface,) = modules_at(f"components/{capability}/interface.py")
    (found,) = [each for each in classes(interface.tree) if "Component" in bases(each)]
    assert bases(found) == ["Component"]
    return found.name


def modules_at(path: str) -> list[Module]:
    return [each for each in modules("components") if str(each.path) == path]


@EACH_CAPABILITY
def test_a_capability_has_a_spec_an_interface_a_factory_and_variants(capability: str) -> None:
    inside = {path.name for path in files() if path.parts[:2] == ("components", capability)}

    assert {"__init__.py", "interface.py", "spec.py"} <= inside
    assert inside & {f"{provider}.py" for provider in PROVIDERS}


@EACH_CAPABILITY
def test_the_factory_is_named_after_the_capability(capability: str) -> None:
    (factory,) = modules_at(f"components/{capability}/__init__.py")
    functions = [node.name for node in factory.tree.body if isinstance(node, ast.FunctionDef)]

    assert functions == [f"create_{capability}"]


@EACH_CAPABILITY
def test_the_tests_of_a_capability_bear_its_name(capability: str) -> None:
    assert [path for path in files() if path.match(f"tests/components/test_{capability}*.py")]


@pytest.mark.parametrize("variant", list(variants()), ids=lambda each: str(each.path))
def test_a_variant_is_one_class_directly_below_its_interface(variant: Module) -> None:
    assert list(variant_problems(variant, interface_class(variant.path.parts[1]))) == []


@pytest.mark.parametrize(
    "text",
    [
        SOUND.replace("AwsCache", "RedisCache"),
        SOUND.replace("(Cache)", "(Cache, Mixin)"),
        SOUND.replace("(Cache)", "(DockerCache)"),
        SOUND + SOUND.replace("AwsCache", "AwsBackup"),
        SOUND.replace("TOKEN", "NAME"),
    ],
)
def test_another_name_a_mixin_a_deeper_base_or_a_second_component_is_found(text: str) -> None:
    assert list(variant_problems(module("components/cache/aws.py", SOUND), "Cache")) == []
    assert list(variant_problems(module("components/cache/aws.py", text), "Cache"))


def test_components_are_nowhere_but_in_variants() -> None:
    interfaces = {interface_class(capability) for capability in capabilities()}
    stray = [
        each.at(node)
        for each in modules("components", "stacks", "plinth", "rehearsal", "policies")
        for node in each.walk(ast.ClassDef)
        if interfaces & set(bases(node)) and each.path.stem not in PROVIDERS
    ]

    assert stray == []


@pytest.mark.parametrize("path", ["components/component.py", "components/spec.py"])
def test_a_base_class_is_no_longer_than_forty_lines(path: str) -> None:
    (module_,) = modules_at(path)
    (base,) = classes(module_.tree)

    assert (base.end_lineno or 0) - base.lineno + 1 <= LONGEST_BASE_LINES


def test_the_import_contracts_name_every_package_spec_and_variant() -> None:
    named = contracts("source_modules")
    packages = {path.parts[0] for path in files() if path.match("*/__init__.py")}
    specs = {each.name for each in modules("components") if each.path.stem == "spec"}
    found = {
        provider: {each.name for each in variants() if each.path.stem == provider}
        for provider in PROVIDERS
    }

    assert set(pyproject()["tool"]["importlinter"]["root_packages"]) == packages - {"tools"}
    assert len(specs) > len(capabilities())
    assert "components.*.spec" in named["plain-specs"]
    assert named["one-sdk-on-docker"] == {"components.*.docker", "components.*.swarm"}
    for provider in ("aws", "gcp"):
        assert found[provider]
        assert named[f"one-sdk-on-{provider}"] == {f"components.*.{provider}"}


def reach_problems(source: Module) -> Iterator[str]:
    """Where a capability takes what belongs to a variant of another one."""
    own = source.path.parts[1]
    for name, statement in imported(source.tree):
        root, *steps = name.split(".")
        if root != "components" or len(steps) < 2 or steps[0] == own:
            continue
        if steps[1].split("_")[0] in PROVIDERS:
            yield f"{source.at(statement)}: {name} is another capability's; take its reference"


def test_a_capability_knows_others_by_their_references_alone() -> None:
    inside = [each for each in modules("components") if len(each.path.parts) > 2]

    assert {each.path.parts[1] for each in inside} == set(capabilities())
    assert [problem for each in inside for problem in reach_problems(each)] == []


@pytest.mark.parametrize(
    "line",
    [
        "from components.keys.aws import AwsKeys",
        "import components.network.gcp_firewall",
        "def build():\n    from components.database.aws_aurora import create_aurora",
    ],
)
def test_reaching_into_a_variant_of_another_capability_is_found(line: str) -> None:
    sound = "from components.keys.interface import AwsKeysRef\nfrom components.cache.aws_x import y"

    assert list(reach_problems(module("components/cache/aws.py", sound))) == []
    assert list(reach_problems(module("components/cache/aws.py", line)))


def matches(name: str) -> list[Path]:
    """The folders or modules that a name in a contract, perhaps with wildcards, stands for."""
    path = name.replace(".", "/")
    return [*ROOT.glob(path), *ROOT.glob(f"{path}.py")]


def test_every_file_an_import_contract_names_exists() -> None:
    named = sorted({name for group in contracts("source_modules").values() for name in group})

    assert [name for name in named if not matches(name)] == []

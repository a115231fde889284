"""Constructors only declare, and end in one typed call that says what came of it.

What runs is checked where it runs: a recording fails a lookup, a resource inside ``apply`` and
outputs that were not registered (``tests/components/test_contract.py``). These checks read every
branch, also those that no test takes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.source import (
    Module,
    capabilities,
    dotted,
    imported,
    module,
    modules,
    token,
    variants,
)

Check = Callable[[Module], Iterator[str]]

SOUND = """
import pulumi
import pulumi_aws as aws

class AwsCache(Cache):
    TOKEN: ClassVar[str] = "plinth:cache:AwsCache"

    def __init__(self, name, spec, network, opts=None):
        super().__init__(name, network.cloud, opts)
        server = aws.elasticache.Cluster(name, opts=pulumi.ResourceOptions(parent=self))
        self.publish(host=server.address.apply(_host))

def _host(address):
    return aws.elasticache.ClusterCacheNodeArgs(address=address.lower())
"""


def publish_problems(variant: Module) -> Iterator[str]:
    """Constructors of components that do not end in their one call of ``publish``."""
    for each in variant.walk(ast.ClassDef):
        constructor = next(
            (line for line in each.body if getattr(line, "name", "") == "__init__"), None
        )
        if token(each) is None or not isinstance(constructor, ast.FunctionDef):
            continue
        calls = [node for node in ast.walk(variant.tree) if _is_call_of(node, "self.publish")]
        last = constructor.body[-1]
        if not isinstance(last, ast.Expr) or calls != [last.value]:
            yield f"{variant.at(last)}: {each.name} ends with its one self.publish(...)"


def apply_problems(source: Module) -> Iterator[str]:
    """Resources that are made inside ``apply``."""
    functions = {node.name: node for node in source.walk(ast.FunctionDef)}
    for call in source.walk(ast.Call):
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == "apply"):
            continue
        for made in _made(call.args, functions, _sdks(source), set()):
            yield f"{source.at(made)}: {ast.unparse(made.func)} inside apply; previews miss it"


def lookup_problems(source: Module) -> Iterator[str]:
    """Questions to a provider, to the configuration or to the machine."""
    sdks = _sdks(source)
    for call in source.walk(ast.Call):
        name = dotted(call.func)
        root, _, rest = name.partition(".")
        if root in sdks and name.rpartition(".")[2].startswith("get"):
            yield f"{source.at(call)}: {name} looks something up; take it as an argument"
        if root == "pulumi" and rest in {"Config", "StackReference", "runtime.invoke"}:
            yield f"{source.at(call)}: {name} is for stacks; take the value as an argument"
    for name, statement in imported(source.tree):
        if name == "urllib.parse":
            continue
        if name.split(".")[0] in {"os", "subprocess", "socket", "urllib", "requests", "boto3"}:
            yield f"{source.at(statement)}: {name} looks around the machine"


def merge_problems(source: Module) -> Iterator[str]:
    """Options that are inherited by merge, which the base does once for the component itself."""
    if str(source.path) == "components/component.py":
        return
    for call in source.walk(ast.Call):
        if dotted(call.func).endswith("ResourceOptions.merge"):
            yield f"{source.at(call)}: children get ResourceOptions(parent=self), nothing merged"


def mutability_problems(source: Module) -> Iterator[str]:
    """Dataclasses that a constructor could change."""
    for each in source.walk(ast.ClassDef):
        for decorator in map(ast.unparse, each.decorator_list):
            if decorator.startswith("dataclass") and "frozen=True" not in decorator:
                yield f"{source.at(each)}: {each.name} is a dataclass that is not frozen"


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == name


def _sdks(source: Module) -> set[str]:
    """What the provider SDKs are called in a module."""
    return {
        alias.asname or alias.name
        for node in source.walk(ast.Import)
        for alias in node.names
        if alias.name.startswith("pulumi_")
    }


def _made(
    nodes: list[ast.expr], functions: dict[str, ast.FunctionDef], sdks: set[str], seen: set[str]
) -> Iterator[ast.Call]:
    """The calls in ``nodes``, and in the functions they name, that make a resource."""
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        match node:
            case ast.Call(func=func) if _makes(dotted(func), sdks):
                yield node
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in functions.keys() - seen:
                body = [line for line in ast.walk(functions[name]) if isinstance(line, ast.expr)]
                yield from _made(body, functions, sdks, seen | {name})
            case _:
                pass


def _makes(name: str, sdks: set[str]) -> bool:
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    return last.startswith("create_") or (
        root in sdks and last[:1].isupper() and not last.endswith("Args")
    )


CHECKS: dict[str, tuple[Check, list[tuple[str, str]]]] = {
    "publish": (
        publish_problems,
        [
            ("self.publish(host", "self.register_outputs(host"),
            ("        server =", "        self.publish(host='')\n        server ="),
        ],
    ),
    "apply": (
        apply_problems,
        [
            ("apply(_host)", "apply(lambda host: aws.route53.Record(host))"),
            ("apply(_host)", "apply(lambda host: create_database(host))"),
            ("return aws.elasticache.ClusterCacheNodeArgs", "return aws.elasticache.Cluster"),
        ],
    ),
    "lookup": (
        lookup_problems,
        [
            ("server =", "region = aws.get_region()\n        server ="),
            ("server =", "found = aws.ec2.Vpc.get(name, 'vpc-1')\n        server ="),
            ("server =", "size = pulumi.Config().get('size')\n        server ="),
            ("import pulumi\n", "import os\nimport pulumi\n"),
        ],
    ),
    "merge": (
        merge_problems,
        [("ResourceOptions(parent=self)", "ResourceOptions.merge(opts, self.child)")],
    ),
    "mutability": (
        mutability_problems,
        [("class AwsCache", "@dataclass\nclass Ref:\n    id: str\n\nclass AwsCache")],
    ),
}


@pytest.mark.parametrize("name", CHECKS)
def test_every_component_only_declares(name: str) -> None:
    check, _ = CHECKS[name]

    assert [problem for each in modules("components") for problem in check(each)] == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [(name, good, bad) for name, (_, breaks) in CHECKS.items() for good, bad in breaks],
)
def test_a_component_that_does_more_is_found(name: str, good: str, bad: str) -> None:
    check, _ = CHECKS[name]
    sound = module("components/cache/aws.py", SOUND)
    broken = module("components/cache/aws.py", SOUND.replace(good, bad))

    assert good in SOUND
    assert list(check(sound)) == []
    assert list(check(broken))


def test_there_are_variants_to_check() -> None:
    assert {each.path.parts[1] for each in variants()} == set(capabilities())


@pytest.mark.parametrize("capability", capabilities())
def test_publish_takes_named_and_typed_values_only(capability: str) -> None:
    path = f"components/{capability}/interface.py"
    (interface,) = [each for each in modules("components") if str(each.path) == path]
    (publish,) = [node for node in interface.walk(ast.FunctionDef) if node.name == "publish"]

    assert [argument.arg for argument in publish.args.args] == ["self"]
    assert publish.args.vararg is None
    assert publish.args.kwarg is None
    assert publish.args.kwonlyargs
    assert all(argument.annotation for argument in publish.args.kwonlyargs)

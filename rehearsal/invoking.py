"""Answers of provider functions, of the types the SDK declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from rehearsal.checking import Failure, unknown_property
from rehearsal.errors import ProviderError
from rehearsal.facts import Facts
from rehearsal.facts.gcp_forms import project_number
from rehearsal.outputs import Maker, ProviderConfig
from rehearsal.property_types import Shape
from rehearsal.sdk import FunctionType, ResourceType
from rehearsal.values import UNKNOWN, Properties, contains_unknown, reveal

_ZONES: Final = "abc"


@dataclass(frozen=True)
class InvokeResult:
    """A function's results, or what is wrong with its arguments."""

    outputs: Properties
    failures: tuple[Failure, ...] = ()


def answer(
    token: str, function: FunctionType | None, args: Mapping[str, Any], config: ProviderConfig
) -> InvokeResult:
    """Call a function of a provider.

    Arguments come back under their own names; what else the SDK declares gets plausible values.
    With an unknown argument every result is unknown.

    Raises:
        ProviderError: nothing is known of the function.
    """
    special = _SPECIAL.get(token)
    if function is None and special is None:
        raise ProviderError(f"the installed SDKs have no function {token!r}")
    given = {name: value for name, value in args.items() if value is not None}
    if function is not None:
        failures = tuple(
            Failure(name, unknown_property(name, function.arguments, token))
            for name in given
            if name not in function.arguments
        )
        if failures:
            return InvokeResult({}, failures)
    if contains_unknown(given):
        return InvokeResult(dict.fromkeys(function.outputs if function else (), UNKNOWN))
    plain: Properties = reveal(given)
    outputs = _generic(function, plain, config) if function else {}
    if special is not None:
        outputs.update(special(plain, config))
    return InvokeResult(outputs)


def _generic(function: FunctionType, args: Mapping[str, Any], config: ProviderConfig) -> Properties:
    known = ResourceType(
        token=function.token,
        package=function.package,
        inputs={},
        required=frozenset(),
        outputs=function.outputs,
        certain=function.certain,
        secret_inputs=frozenset(),
        secret_outputs=frozenset(),
        documented_replaces=frozenset(),
    )
    # Equal questions get equal answers, whoever asks.
    question = f"{function.token}::{json.dumps(args, sort_keys=True)}"
    facts = Facts(id="{hex20}", outputs={"id": "{hex20}"})
    made = Maker(function.token, question, 1, {}, known, facts, config).outputs()
    echoed = {name: value for name, value in args.items() if name in function.outputs}
    return {**_without_invented_filters(function, made), **echoed}


def _without_invented_filters(function: FunctionType, made: Properties) -> Properties:
    """Results that only repeat arguments stay empty when the argument was not given."""
    return {
        name: [] if name in function.arguments and _is_list(function, name) else value
        for name, value in made.items()
    }


def _is_list(function: FunctionType, name: str) -> bool:
    return function.outputs[name].shape is Shape.LIST


def _caller_identity(_: Mapping[str, Any], config: ProviderConfig) -> Properties:
    return {
        "accountId": config.account,
        "arn": f"arn:aws:iam::{config.account}:user/rehearsal",
        "id": config.account,
        "userId": "AIDAREHEARSAL0000000",
    }


def _region(args: Mapping[str, Any], config: ProviderConfig) -> Properties:
    region = args.get("region") or config.region
    return {
        "id": region,
        "name": region,
        "region": region,
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
    }


def _zones(args: Mapping[str, Any], config: ProviderConfig) -> Properties:
    region = args.get("region") or config.region
    area, direction, number = [*region.split("-"), "", "1"][:3]
    short = f"{area}{direction[:1]}{number}"
    return {
        "id": region,
        "groupNames": [f"{region}-zg-1"],
        "names": [f"{region}{zone}" for zone in _ZONES],
        "zoneIds": [f"{short}-az{index}" for index in range(1, len(_ZONES) + 1)],
    }


def _partition(_: Mapping[str, Any], __: ProviderConfig) -> Properties:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _policy_document(args: Mapping[str, Any], _: ProviderConfig) -> Properties:
    statements = [_statement(statement) for statement in args.get("statements") or []]
    document: dict[str, Any] = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = statements
    return {
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    """One statement in the words of IAM; a list of one is written as its item."""
    written: dict[str, Any] = {}
    if statement.get("sid"):
        written["Sid"] = statement["sid"]
    written["Effect"] = statement.get("effect") or "Allow"
    for name in ("actions", "notActions", "resources", "notResources"):
        values = statement.get(name)
        if values:
            word = name[:1].upper() + name[1:-1]
            written[word] = values[0] if len(values) == 1 else values
    for name in ("principals", "notPrincipals"):
        principals = {
            principal["type"]: principal["identifiers"] for principal in statement.get(name) or []
        }
        if principals:
            written[name[:1].upper() + name[1:-1]] = "*" if "*" in principals else principals
    conditions: dict[str, Any] = {}
    for condition in statement.get("conditions") or []:
        conditions.setdefault(condition["test"], {})[condition["variable"]] = condition["values"]
    if conditions:
        written["Condition"] = conditions
    return written


def _client_config(_: Mapping[str, Any], config: ProviderConfig) -> Properties:
    return {
        "id": f"projects/{config.project}",
        "accessToken": "rehearsal",
        "project": config.project,
        "region": config.region,
        "zone": config.zone,
    }


def _project(args: Mapping[str, Any], config: ProviderConfig) -> Properties:
    project = str(args.get("projectId") or config.project)
    return {
        "id": f"projects/{project}",
        "name": project,
        "number": project_number(project),
        "projectId": project,
    }


def _storage_agent(args: Mapping[str, Any], config: ProviderConfig) -> Properties:
    project = str(args.get("project") or config.project)
    email = f"service-{project_number(project)}@gs-project-accounts.iam.gserviceaccount.com"
    return {
        "id": email,
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": project,
    }


def _decoded_yaml(args: Mapping[str, Any], _: ProviderConfig) -> Properties:
    documents: list[Any] = list(yaml.safe_load_all(str(args.get("text", ""))))
    return {"result": [document for document in documents if document]}


_SPECIAL: Final[Mapping[str, Callable[[Mapping[str, Any], ProviderConfig], Properties]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getPartition:getPartition": _partition,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getProject:getProject": _project,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _storage_agent,
    "kubernetes:yaml:decode": _decoded_yaml,
}

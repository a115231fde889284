"""Simulated providers for tests: one SDK for all, a world for each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from rehearsal.checking import Failure
from rehearsal.provider import SimulatedProvider
from rehearsal.results import CreateResult
from rehearsal.sdk import Sdk
from rehearsal.values import Properties
from rehearsal.world import World

VPC = "aws:ec2/vpc:Vpc"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DATABASE = "aws:rds/instance:Instance"
ROLE = "aws:iam/role:Role"
BUCKET = "aws:s3/bucket:Bucket"
CONTAINER = "docker:index/container:Container"
PASSWORD = "random:index/randomPassword:RandomPassword"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SEED = b"seed"


@cache
def sdk() -> Sdk:
    """What the SDKs say does not change while tests run."""
    return Sdk()


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{token}::{name}"


def provider(package: str = "aws", world: World | None = None, **config: Any) -> SimulatedProvider:
    """A configured provider, over a world of its own unless one is given."""
    simulated = SimulatedProvider(package, "1.0.0", sdk(), World() if world is None else world)
    simulated.configure(urn(f"pulumi:providers:{package}", "main"), config)
    return simulated


def checked(
    simulated: SimulatedProvider,
    token: str,
    name: str,
    inputs: Mapping[str, Any],
    olds: Mapping[str, Any] | None = None,
) -> Properties:
    """The checked inputs of a resource that passes."""
    result = simulated.check(urn(token, name), token, olds, inputs, random_seed=SEED)
    assert result.failures == ()
    return result.inputs


def failures(package: str, token: str, inputs: Mapping[str, Any]) -> dict[str, str]:
    """Reason by property path of everything a check refuses."""
    refused: tuple[Failure, ...] = (
        provider(package).check(urn(token, "it"), token, None, inputs, random_seed=SEED).failures
    )
    return {failure.property: failure.reason for failure in refused}


def created(
    simulated: SimulatedProvider, token: str, name: str, inputs: Mapping[str, Any]
) -> CreateResult:
    """The object made of inputs that pass the check."""
    return simulated.create(
        urn(token, name), token, checked(simulated, token, name, inputs), preview=False
    )

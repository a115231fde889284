"""Where the parts of observability run, and how they call each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.observability.secret_spec import SecretSpec
from components.workload import SecretKey

NAMESPACE: Final = "observability"
"""Kubernetes namespace of everything but agents."""

AGENTS_NAMESPACE: Final = "observability-agents"
"""Kubernetes namespace of what needs the machines themselves."""

Secret = pulumi.Input[str] | SecretKey
"""A credential as a workload takes it among its secret files."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The runtime as configurations see it: plain names, known before anything exists.

    Attributes:
        name: Pulumi name of the component; every workload is called ``<name>-<role>``.
        cluster: Value of the label ``cluster`` on everything that leaves the site.
        environment: Value of the label ``environment``.
        kubernetes: Whether it runs on Kubernetes, and not on Docker.
        region: The cloud's region; empty on Docker.
        config_secrets: Secrets of the stack's configuration by name.
    """

    name: str
    cluster: str
    environment: str
    kubernetes: bool
    region: str = ""
    config_secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)

    def workload(self, role: str) -> str:
        """Pulumi name of the workload that plays ``role``: ``eyes-loki``."""
        return f"{self.name}-{role}"

    def host(self, role: str, namespace: str = NAMESPACE) -> str:
        """DNS name that reaches any replica of ``role``."""
        name = self.workload(role)
        return f"{name}.{namespace}.svc" if self.kubernetes else name

    def replica_hosts(self, role: str, replicas: int) -> tuple[str, ...]:
        """DNS names that reach each replica of a stateful ``role``."""
        if not self.kubernetes:
            return (self.host(role),)
        name = self.workload(role)
        return tuple(f"{name}-{n}.{name}-replicas.{NAMESPACE}.svc" for n in range(replicas))

    def secret(self, spec: SecretSpec) -> Secret:
        """The credential that ``spec`` names.

        Raises:
            pulumi.RunError: The stack's configuration has no such secret, or there is no
                Kubernetes to read one from.
        """
        if spec.secret is not None and spec.key is not None:
            if not self.kubernetes:
                raise pulumi.RunError(
                    f"secret is {spec.secret}, a Kubernetes Secret, and the stack runs on Docker:"
                    " name a secret of the stack's configuration in config instead"
                )
            return SecretKey(spec.secret, spec.key)
        name = spec.config or ""
        if name not in self.config_secrets:
            raise pulumi.RunError(
                f"config is {name}, and the stack's configuration has no plinth:{name}:"
                f" set it with `pulumi config set --secret plinth:{name}`"
            )
        return self.config_secrets[name]

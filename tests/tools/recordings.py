"""Recordings made by hand, of stacks that no settings ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rehearsal.plugin import Recording, Registration


class Stack:
    """Components and resources, as a program would have registered them."""

    def __init__(self) -> None:
        self.resources: list[Registration] = []
        self.provider("aws", region="eu-west-1", allowedAccountIds='["111122223333"]')

    def recording(self) -> Recording:
        return Recording(tuple(self.resources), {}, frozenset())

    def add(
        self,
        type_: str,
        name: str,
        parent: str = "",
        *,
        custom: bool = True,
        inputs: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> str:
        urn = f"urn:pulumi:test::plinth::{type_}::{name}-{len(self.resources)}"
        registration = Registration(urn, type_, name, custom, inputs or {}, parent=parent, **more)
        self.resources.append(registration)
        return urn

    def provider(self, package: str, parent: str = "", **inputs: Any) -> str:
        return self.add(f"pulumi:providers:{package}", package, parent, inputs=inputs)

    def component(
        self, type_: str, name: str, *, within: str = "", made_from: Sequence[str] = ()
    ) -> str:
        urn = self.add(f"plinth:{type_}", name, within, custom=False)
        self.add("aws:iam/role:Role", f"{name}-role", urn, depends_on=tuple(made_from))
        return urn

    def network(self) -> tuple[str, dict[str, str]]:
        urn = self.component("network:AwsNetwork", "core")
        subnets = {
            tier: self.add("aws:ec2/subnet:Subnet", f"core-{tier}-euw1-az1", urn)
            for tier in ("public", "private", "data")
        }
        return urn, subnets

    def cluster(self, subnet: str) -> tuple[str, str]:
        urn = self.component("cluster:AwsCluster", "apps", made_from=[subnet])
        return urn, self.provider("kubernetes", urn)

    def namespace(self, name: str, provider: str) -> str:
        urn = self.add("plinth:namespace:KubernetesNamespace", name, custom=False)
        inputs = {"metadata": {"name": name}}
        made_by = f"{provider}::id"
        self.add("kubernetes:core/v1:Namespace", name, urn, inputs=inputs, provider=made_by)
        return urn

    def workload(
        self,
        name: str,
        *flows: Mapping[str, Any],
        within: str = "",
        namespace: str = "",
        provider: str = "",
        published: Mapping[str, str] | None = None,
        made_from: Sequence[str] = (),
    ) -> str:
        outputs = {"flows": list(flows), "published": published or {}}
        type_ = "plinth:workload:KubernetesWorkload"
        urn = self.add(type_, name, within, custom=False, component_outputs=outputs)
        self.add(
            "kubernetes:apps/v1:Deployment",
            name,
            urn,
            inputs={"metadata": {"namespace": namespace}},
            provider=f"{provider}::id" if provider else "",
            depends_on=tuple(made_from),
        )
        return urn


def flow(source: str, target: str, number: int = 8080, port: str = "http") -> dict[str, Any]:
    return {"source": source, "target": target, "port": port, "number": number}


def busy() -> Recording:
    """A stack whose workloads call each other a lot."""
    stack = Stack()
    _, subnets = stack.network()
    _, provider = stack.cluster(subnets["private"])
    names = ["prometheus", "grafana", "loki", "gateway", "agent", "api", "web"]
    flows = [flow("prometheus", name, 9100, "metrics") for name in names]
    flows += [flow(one, two) for one in names[1:] for two in ("loki", "gateway") if one != two]
    flows += [flow("@internet", "web", 8443), flow("prometheus", "@api-server", 443)]
    flows += [flow("api", "orders", 5432), flow("grafana", "login.example.com", 443)]
    for name in names:
        own = [each for each in flows if name in (each["source"], each["target"])]
        namespace = "shop" if name in {"api", "web"} else "observability"
        stack.workload(name, *own, namespace=namespace, provider=provider)
    stack.component("database:AwsDatabase", "orders", made_from=[subnets["data"]])
    return stack.recording()

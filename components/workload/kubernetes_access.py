"""Who a workload is on Kubernetes, and what it may do with the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.rbac import v1 as rbac

from components.workload.kubernetes_labels import labels
from components.workload.spec import ApiAccess
from components.workload.workload import Workload

RBAC: Final = "rbac.authorization.k8s.io"


def create_access(
    name: str, namespace: str, workload: Workload, child: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare the service account ``name`` and bind it to the rights it was given, if any.

    Raises:
        pulumi.RunError: a right is on nothing, or on paths of one namespace.
    """
    for each in workload.api_access:
        _refuse_impossible(name, each)
    account = core.ServiceAccount(
        name,
        metadata=meta.ObjectMetaArgs(
            name=name, namespace=namespace, labels=labels(name, namespace)
        ),
        # The pod asks for its token itself, where it needs one.
        automount_service_account_token=False,
        opts=child,
    )
    everywhere = [each for each in workload.api_access if each.namespaces is None]
    places = sorted({place for each in workload.api_access for place in each.namespaces or ()})
    resources: list[pulumi.Resource] = [account]
    if everywhere:
        resources += _bind_everywhere(name, namespace, everywhere, child)
    for place in places:
        here = [each for each in workload.api_access if place in (each.namespaces or ())]
        resources += _bind(name, namespace, place, here, child)
    return resources


def _bind_everywhere(
    name: str, namespace: str, access: Sequence[ApiAccess], child: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    # Names of what belongs to no namespace are shared by all of them.
    metadata = meta.ObjectMetaArgs(name=f"{namespace}-{name}", labels=labels(name, namespace))
    role = rbac.ClusterRole(name, metadata=metadata, rules=_rules(access), opts=child)
    binding = rbac.ClusterRoleBinding(
        name,
        metadata=metadata,
        role_ref=rbac.RoleRefArgs(api_group=RBAC, kind="ClusterRole", name=f"{namespace}-{name}"),
        subjects=[_subject(name, namespace)],
        opts=child,
    )
    return [role, binding]


def _bind(
    name: str,
    namespace: str,
    place: str,
    access: Sequence[ApiAccess],
    child: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    metadata = meta.ObjectMetaArgs(
        name=f"{namespace}-{name}", namespace=place, labels=labels(name, namespace)
    )
    role = rbac.Role(f"{name}-{place}", metadata=metadata, rules=_rules(access), opts=child)
    binding = rbac.RoleBinding(
        f"{name}-{place}",
        metadata=metadata,
        role_ref=rbac.RoleRefArgs(api_group=RBAC, kind="Role", name=f"{namespace}-{name}"),
        subjects=[_subject(name, namespace)],
        opts=child,
    )
    return [role, binding]


def _rules(access: Sequence[ApiAccess]) -> list[rbac.PolicyRuleArgs]:
    return [
        *(
            rbac.PolicyRuleArgs(
                api_groups=[each.group], resources=list(each.resources), verbs=list(each.verbs)
            )
            for each in access
            if each.resources
        ),
        *(
            rbac.PolicyRuleArgs(non_resource_urls=list(each.paths), verbs=list(each.verbs))
            for each in access
            if each.paths
        ),
    ]


def _subject(name: str, namespace: str) -> rbac.SubjectArgs:
    return rbac.SubjectArgs(kind="ServiceAccount", name=name, namespace=namespace)


def _refuse_impossible(name: str, access: ApiAccess) -> None:
    if not access.resources and not access.paths:
        raise pulumi.RunError(f"{name}: api_access names neither resources nor paths; name some")
    if access.paths and access.namespaces is not None:
        raise pulumi.RunError(
            f"{name}: api_access names the paths {', '.join(access.paths)} and namespaces; paths"
            " are in none, leave namespaces out"
        )

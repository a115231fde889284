"""An identity in AWS IAM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pulumi
import pulumi_aws as aws

from components.cluster.interface import KubernetesRef
from components.ground import AwsCloud
from components.identity.aws_permissions import planned, policies, written
from components.identity.aws_trust import AUDIENCE, trust_document, unhonoured
from components.identity.grant import Grant
from components.identity.interface import Identity
from components.identity.lint import policy_problems, trust_problems
from components.identity.spec import (
    IdentitySpec,
    PipelineSubjectSpec,
    ServiceAccountSubjectSpec,
    Thing,
    provider_host,
)


class AwsIdentity(Identity):
    """A role that one subject assumes with a token, and policies of exactly what it was granted."""

    TOKEN: ClassVar[str] = "plinth:identity:AwsIdentity"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: IdentitySpec,
        cloud: AwsCloud,
        cluster: KubernetesRef | None,
        grants: Sequence[Grant],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the role, its policies and what leads the subject to it.

        ``cluster`` is that of a service account, None for other subjects.
        """
        super().__init__(name, cloud, opts)
        child = pulumi.ResourceOptions(parent=self)
        subject = spec.subject
        pipeline = subject if isinstance(subject, PipelineSubjectSpec) else None
        user = name.replace("-", "_")
        documents = _documents(name, grants, user)

        role = aws.iam.Role(
            name,
            description=f"The identity {name}",
            assume_role_policy=_trust(name, spec, cloud),
            max_session_duration=pipeline.session_minutes * 60 if pipeline else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._create_provider(name, spec)),
        )
        in_place: list[pulumi.Output[str]] = []
        for part, text in documents.items():
            policy = aws.iam.Policy(
                f"{name}-{part}",
                description=f"What the identity {name} is granted",
                policy=text,
                opts=child,
            )
            attachment = aws.iam.RolePolicyAttachment(
                f"{name}-{part}", role=role.name, policy_arn=policy.arn, opts=child
            )
            in_place.append(attachment.id)
        if cluster and isinstance(subject, ServiceAccountSubjectSpec):
            association = aws.eks.PodIdentityAssociation(
                name,
                cluster_name=cluster.cluster_name,
                namespace=subject.namespace,
                service_account=subject.service_account,
                role_arn=role.arn,
                # The trust of the role compares them.
                disable_session_tags=False,
                opts=child,
            )
            in_place.append(association.association_id)

        arn = pulumi.Output.all(role.arn, *in_place).apply(lambda found: found[0])
        audience = pulumi.Output.from_input(AUDIENCE)
        self.publish(
            principal=arn,
            annotations={},
            login={"audience": audience, "role_arn": arn} if pipeline else {},
            database_user=user if any(each.thing is Thing.DATABASE for each in grants) else None,
            unhonoured=list(unhonoured(subject)),
        )

    def _create_provider(
        self, name: str, spec: IdentitySpec
    ) -> list[aws.iam.OpenIdConnectProvider]:
        subject = spec.subject
        if not isinstance(subject, PipelineSubjectSpec) or not subject.owns_provider:
            return []
        provider = aws.iam.OpenIdConnectProvider(
            f"{name}-provider",
            url=f"https://{provider_host(subject)}",
            client_id_lists=[AUDIENCE],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [provider]


def _documents(name: str, grants: Sequence[Grant], user: str) -> dict[str, pulumi.Input[str]]:
    try:
        parts = policies(grants, user)
    except ValueError as error:
        raise pulumi.RunError(f"identity {name}: {error}") from error
    _refuse(name, [each for part in parts.values() for each in policy_problems(planned(part))])
    return {role: written(part) for role, part in parts.items()}


def _trust(name: str, spec: IdentitySpec, cloud: AwsCloud) -> str:
    text = trust_document(cloud, spec.subject)
    _refuse(name, trust_problems(text))
    return text


def _refuse(name: str, problems: Sequence[str]) -> None:
    if problems:
        lines = [f"identity {name} would be given more than it needs:", *problems]
        raise pulumi.RunError("\n  ".join(lines))

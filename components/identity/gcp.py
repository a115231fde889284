"""An identity in Google Cloud IAM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.cluster.interface import KubernetesRef
from components.ground import GcpCloud, short_hash
from components.identity import gcp_bindings, gcp_trust
from components.identity.gcp_bindings import OWN_ACCOUNT, Grantee, create_bindings
from components.identity.gcp_trust import federation, member, pool_id, pool_path
from components.identity.grant import Grant
from components.identity.interface import Identity
from components.identity.spec import (
    GitHubSubjectSpec,
    GitLabSubjectSpec,
    IdentitySpec,
    Thing,
    provider_host,
)

ANNOTATION: Final = "iam.gke.io/gcp-service-account"
READABLE_LENGTH: Final = 21


class GcpIdentity(Identity):
    """One subject, bound by itself to exactly the roles it was granted.

    Where it logs in to a database or a cache it has a service account, which only it can be.
    """

    TOKEN: ClassVar[str] = "plinth:identity:GcpIdentity"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: IdentitySpec,
        cloud: GcpCloud,
        cluster: KubernetesRef | None,
        grants: Sequence[Grant],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare who the subject is and what it is bound to.

        ``cluster`` is that of a service account, None for other subjects.
        """
        super().__init__(name, cloud, opts)
        subject = spec.subject
        audience = ""
        # Members of a pool cannot be named before there is one; the first cluster makes that of GKE.
        pool: list[pulumi.Resource] = [cluster.provider] if cluster else []
        if isinstance(subject, GitHubSubjectSpec | GitLabSubjectSpec):
            audience, provider = self._create_provider(name, cloud, subject)
            pool = [provider]

        grantee = Grantee(name, member(cloud, name, subject), None)
        grantee, known, in_place = self._create_account(grantee, spec, cloud, pool)
        for grant in grants:
            existing = pulumi.ResourceOptions(parent=self, depends_on=known)
            in_place += create_bindings(grantee, grant, existing)

        email = _once(in_place, grantee.email) if grantee.email else None
        login = {"audience": _once(in_place, audience)} if audience else {}
        if audience:
            login["provider"] = _once(in_place, audience.partition("iam.googleapis.com/")[2])
        if audience and email:
            login["service_account"] = email
        self.publish(
            principal=_once(in_place, grantee.member),
            annotations={ANNOTATION: email} if email and not audience else {},
            login=login,
            database_user=(
                grantee.database_user
                if any(each.thing is Thing.DATABASE for each in grants)
                else None
            ),
            unhonoured=[*gcp_trust.unhonoured(subject), *gcp_bindings.unhonoured(grants)],
        )

    def _create_provider(
        self, name: str, cloud: GcpCloud, subject: GitHubSubjectSpec | GitLabSubjectSpec
    ) -> tuple[str, gcp.iam.WorkloadIdentityPoolProvider]:
        """The provider of a pool for this one subject, and the audience of its tokens."""
        found = federation(subject)
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            workload_identity_pool_id=pool_id(name, subject),
            project=cloud.project,
            display_name=f"The identity {name}"[:32],
            description=f"Jobs of the identity {name}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        path = pool_path(cloud, pool_id(name, subject))
        audience = f"https://iam.googleapis.com/{path}/providers/{found.provider_id}"
        provider = gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=found.provider_id,
            project=cloud.project,
            description=f"Jobs of the identity {name}",
            attribute_mapping=found.attributes,
            attribute_condition=found.condition,
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(
                issuer_uri=f"https://{provider_host(subject)}", allowed_audiences=[audience]
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return audience, provider

    def _create_account(
        self, grantee: Grantee, spec: IdentitySpec, cloud: GcpCloud, pool: list[pulumi.Resource]
    ) -> tuple[Grantee, list[pulumi.Resource], list[pulumi.Output[str]]]:
        """Who is granted, what has to exist before, and what makes it so.

        That is the subject itself, or a service account, where the subject cannot be granted.
        """
        if not any(each.target.thing in OWN_ACCOUNT for each in spec.grants):
            return grantee, pool, []
        name = grantee.name
        readable = name[:READABLE_LENGTH].rstrip("-")
        account_id = f"{readable}-{short_hash(name, 'identity')}"
        account = gcp.serviceaccount.Account(
            name,
            account_id=account_id,
            project=cloud.project,
            display_name=f"The identity {name}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        trusted = gcp.serviceaccount.IAMMember(
            f"{name}-subject",
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=grantee.member,
            opts=pulumi.ResourceOptions(parent=self, depends_on=pool),
        )
        # Known in advance, so that a preview can tell who is let in.
        email = f"{account_id}@{cloud.project}.iam.gserviceaccount.com"
        return Grantee(name, f"serviceAccount:{email}", email), [account], [trusted.id]


def _once(in_place: Sequence[pulumi.Output[str]], value: str) -> pulumi.Output[str]:
    """``value``, known once everything in ``in_place`` is."""
    return pulumi.Output.all(*in_place).apply(lambda _: value)

"""Encryption keys in Cloud KMS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud
from components.keys.gcp_agents import COPIER, MADE_ON_REQUEST, USERS
from components.keys.interface import GcpKeysRef, Keys
from components.keys.spec import KeysSpec, Purpose, purposes

DAY_SECONDS: Final = 86_400
USE: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


class GcpKeys(Keys):
    """A rotating Cloud KMS key per purpose, used by the services that encrypt for it alone.

    That for backups is in the recovery region, where the copies are. Google never deletes a ring
    or a key, nor gives their names away again: each gets a name of its own that is new.
    """

    TOKEN: ClassVar[str] = "plinth:keys:GcpKeys"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: KeysSpec,
        cloud: GcpCloud,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a key for every purpose, and grant it to the services that need it."""
        super().__init__(name, cloud, opts)
        child = pulumi.ResourceOptions(parent=self)

        home = gcp.kms.KeyRing(name, location=cloud.region, opts=child)
        rings = dict.fromkeys(Purpose, home)
        copiers: list[gcp.projects.ServiceIdentity] = []
        if cloud.recovery_region is not None:
            copiers.append(self._request(f"{name}-agent-storage-transfer", COPIER))
            rings[Purpose.BACKUP] = gcp.kms.KeyRing(
                f"{name}-recovery", location=cloud.recovery_region, opts=child
            )
        agents = {
            agent: self._request(f"{name}-agent-{agent}", service)
            for agent, service in MADE_ON_REQUEST.items()
        }
        ids: dict[Purpose, pulumi.Output[str]] = {}
        for purpose in purposes(cloud.recovery_region):
            key = self._create_key(f"{name}-{purpose}", spec, rings[purpose])
            grants = [
                self._grant(f"{name}-{purpose}-{agent}", key, agent.email(cloud), agents.get(agent))
                for agent in USERS[purpose]
            ]
            ids[purpose] = _known_after(
                key, [*grants, *(copiers if purpose is Purpose.BACKUP else ())]
            )

        self.publish(ref=GcpKeysRef(ids))

    def _request(self, name: str, service: str) -> gcp.projects.ServiceIdentity:
        return gcp.projects.ServiceIdentity(
            name, service=service, opts=pulumi.ResourceOptions(parent=self)
        )

    def _create_key(self, role: str, spec: KeysSpec, ring: gcp.kms.KeyRing) -> gcp.kms.CryptoKey:
        return gcp.kms.CryptoKey(
            role,
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            version_template=gcp.kms.CryptoKeyVersionTemplateArgs(
                algorithm="GOOGLE_SYMMETRIC_ENCRYPTION", protection_level="SOFTWARE"
            ),
            rotation_period=f"{spec.rotation_days * DAY_SECONDS}s",
            destroy_scheduled_duration=f"{spec.deletion_window_days * DAY_SECONDS}s",
            deletion_policy="PREVENT" if spec.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )

    def _grant(
        self,
        name: str,
        key: gcp.kms.CryptoKey,
        email: str,
        agent: gcp.projects.ServiceIdentity | None,
    ) -> gcp.kms.CryptoKeyIAMMember:
        return gcp.kms.CryptoKeyIAMMember(
            name,
            crypto_key_id=key.id,
            role=USE,
            member=f"serviceAccount:{email}",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[agent] if agent else None),
        )


def _known_after(
    key: gcp.kms.CryptoKey, others: Sequence[pulumi.CustomResource]
) -> pulumi.Output[str]:
    # A service refuses a key that it may not use yet.
    known = pulumi.Output.all(key.id, *(each.id for each in others))
    return known.apply(lambda parts: str(parts[0]))

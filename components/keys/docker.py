"""Generated secrets in place of keys, for development only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pulumi
import pulumi_random as random

from components.ground import DockerHost
from components.keys.interface import DockerKeysRef, Keys
from components.keys.spec import KeysSpec, Purpose

LENGTH_BYTES: Final = 32
# What a Docker host encrypts nothing for has no secret.
PURPOSES: Final = (Purpose.DATA, Purpose.LOGS, Purpose.REGISTRY, Purpose.SECRETS)


class DockerKeys(Keys):
    """Random bytes per purpose, kept in the stack's encrypted state."""

    TOKEN: ClassVar[str] = "plinth:keys:DockerKeys"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: KeysSpec,
        host: DockerHost,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare one secret per purpose."""
        super().__init__(name, host, opts)

        secrets = {
            purpose: random.RandomBytes(
                f"{name}-{purpose}",
                length=LENGTH_BYTES,
                opts=pulumi.ResourceOptions(parent=self, protect=spec.protected or None),
            )
            for purpose in PURPOSES
        }

        self.publish(
            ref=DockerKeysRef({purpose: each.base64 for purpose, each in secrets.items()}),
            unhonoured=tuple(_unhonoured(spec)),
        )


def _unhonoured(spec: KeysSpec) -> Iterator[str]:
    yield f"rotation_days: {spec.rotation_days} are asked; a generated secret does not rotate"
    yield f"deletion_window_days: {spec.deletion_window_days} are asked; a secret is gone at once"

"""What every variant of the keys publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import pulumi

from components.component import Component
from components.keys.spec import Purpose


@dataclass(frozen=True)
class AwsKeysRef:
    """ARNs of the KMS keys, by purpose; that for backups is in the recovery region, if any."""

    arns: Mapping[Purpose, pulumi.Output[str]]


@dataclass(frozen=True)
class GcpKeysRef:
    """Ids of the Cloud KMS keys, by purpose; that for backups is in the recovery region, if any.

    An id is known once Google's services that encrypt for the purpose may use the key.
    """

    ids: Mapping[Purpose, pulumi.Output[str]]


@dataclass(frozen=True)
class DockerKeysRef:
    """A generated secret per purpose, for development only."""

    secrets: Mapping[Purpose, pulumi.Output[str]]


KeysRef = AwsKeysRef | GcpKeysRef | DockerKeysRef


class Keys(Component):
    """A key or secret for each ``Purpose``.

    ``unhonoured`` says what the spec asks and the ground cannot give, one sentence each.
    """

    ref: KeysRef
    unhonoured: tuple[str, ...]

    def publish(self, *, ref: KeysRef, unhonoured: Sequence[str] = ()) -> None:
        """Set and register the outputs; generated secrets stay secret and are not registered."""
        self.unhonoured = tuple(unhonoured)
        match ref:
            case AwsKeysRef():
                self.ref = ref
                self.register_outputs({"arns": {str(key): arn for key, arn in ref.arns.items()}})
            case GcpKeysRef():
                self.ref = ref
                self.register_outputs({"ids": {str(key): value for key, value in ref.ids.items()}})
            case DockerKeysRef():
                secrets = {key: pulumi.Output.secret(value) for key, value in ref.secrets.items()}
                self.ref = DockerKeysRef(secrets)
                self.register_outputs({"purposes": sorted(secrets), "unhonoured": list(unhonoured)})
            case _:
                assert_never(ref)

"""AWS policy documents as typed data.

Documents are built from plain values only: a document that is unknown in a preview cannot be
judged there. Resources whose ARN the cloud chooses are named by a pattern.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

EVERYONE: Final = "*"

Principal = Literal["*"] | Mapping[Literal["AWS", "Federated", "Service"], str]


@dataclass(frozen=True)
class Statement:
    """One statement; ``conditions`` goes from operator to key to value, or to several values.

    ``resources`` is empty in a trust policy and in the policy of an image repository, which
    concern one resource by nature.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    principal: Principal | None = None
    conditions: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"

    def as_dict(self) -> dict[str, Any]:
        """The statement in the words of IAM."""
        wire: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions),
        }
        if self.principal is not None:
            wire["Principal"] = self.principal
        if self.resources:
            wire["Resource"] = list(self.resources)
        if self.conditions:
            wire["Condition"] = self.conditions
        return wire


def document(*statements: Statement) -> str:
    """A policy document in JSON."""
    body = {"Version": "2012-10-17", "Statement": [each.as_dict() for each in statements]}
    return json.dumps(body)


def trust(service: str, account_id: str | None = None) -> str:
    """A trust policy for ``service``, working for ``account_id`` alone where one is given.

    None is for a service that does not say for whom it works, or is not known to: it could not
    assume a role that asks. A stranger cannot give it the role, which has to be passed to it.
    """
    asked = {"StringEquals": {"aws:SourceAccount": account_id}} if account_id else {}
    return document(
        Statement(
            sid="AssumedByService",
            actions=("sts:AssumeRole",),
            principal={"Service": service},
            conditions=asked,
        )
    )

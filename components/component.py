"""The base of every component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pulumi


class Component(pulumi.ComponentResource):
    """A named group of resources, created, shown and destroyed as one.

    ``TOKEN`` is part of the URN of every child: editing it replaces live infrastructure. It is
    written once, by hand, and never derived from the class or module name.
    """

    TOKEN: ClassVar[str]

    def __init__(
        self,
        name: str,
        providers: Sequence[pulumi.ProviderResource],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        explicit = pulumi.ResourceOptions(providers=list(providers))
        super().__init__(self.TOKEN, name, None, pulumi.ResourceOptions.merge(explicit, opts))

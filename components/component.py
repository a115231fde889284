"""The base of every component."""

from __future__ import annotations

from typing import ClassVar

import pulumi

from components.ground import Ground
from components.ownership import DataClass


class Component(pulumi.ComponentResource):
    """A named group of resources, created, shown and destroyed as one.

    ``TOKEN`` is part of the URN of every child: editing it replaces live infrastructure. It is
    written once, by hand, and never derived from the class or module name.

    Everything below bears the tags or labels of its owner, and those it is given beside them.
    """

    TOKEN: ClassVar[str]

    def __init__(
        self,
        name: str,
        ground: Ground,
        opts: pulumi.ResourceOptions | None,
        data_class: DataClass = DataClass.INTERNAL,
    ) -> None:
        explicit = pulumi.ResourceOptions(
            providers=list(ground.providers), transformations=[ground.marking(data_class)]
        )
        super().__init__(self.TOKEN, name, None, pulumi.ResourceOptions.merge(explicit, opts))

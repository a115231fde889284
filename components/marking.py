"""Tags and labels on everything that can bear them, put there in one place.

A transformation of the component sees each of its resources before it is declared, so a resource
that somebody forgets to tag cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

Marking = Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]

# What Google Cloud calls labels, by resource.
LABELS: Final = ("labels", "resource_labels", "user_labels")
TAGS: Final = ("tags",)


def tag_resources(tags: Mapping[str, str]) -> Marking:
    """Adds ``tags`` to every resource that has tags; its own win."""
    return _adding(TAGS, tags)


def label_resources(labels: Mapping[str, str]) -> Marking:
    """Adds ``labels`` to every resource that has labels; its own win."""
    return _adding(LABELS, labels)


def leave_unmarked(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """Adds nothing; the ground has neither tags nor labels."""
    del args


def _adding(properties: tuple[str, ...], marks: Mapping[str, str]) -> Marking:
    def mark(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        given: Mapping[str, Any] = args.props
        # An SDK class names every input it knows, those without a value too.
        found = {name: given[name] or {} for name in properties if name in given}
        if not found:
            return None
        marked = {name: {**marks, **own} for name, own in found.items()}
        return pulumi.ResourceTransformationResult(props={**given, **marked}, opts=args.opts)

    return mark

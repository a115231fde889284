"""Tags of AWS resources: their own and those of their provider."""

from __future__ import annotations

from collections.abc import Iterable

from policies.view import Truth, View, some


def tag(resource: View, key: str) -> View:
    """The tag ``key`` of a resource.

    Its own tags are in ``tags``; ``tagsAll`` has the default tags of the provider too, and is not
    known before the provider has answered.
    """
    own = resource.at("tags", key)
    return own if own.is_present else resource.at("tagsAll", key)


def has_tag(resource: View, marks: Iterable[str]) -> Truth:
    """Whether a resource has one of ``marks``, each written as ``key=value``."""
    pairs = (mark.partition("=") for mark in marks)
    return some(tag(resource, key).is_one_of(value) for key, _, value in pairs)

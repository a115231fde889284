"""The resource types of a package, with everything known of each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from rehearsal.facts import Facts, facts_of
from rehearsal.sdk import NOT_INSTALLED, ResourceType, Sdk


@dataclass(frozen=True)
class Learned:
    """A type: what the SDK says of it (``None`` if it lists no such type), and what else is known."""

    known: ResourceType | None
    facts: Facts


class Catalogue:
    """Learns each type once; safe to share between threads."""

    def __init__(self, package: str, sdk: Sdk) -> None:
        """Nothing is learned before it is asked for."""
        self._package = package
        self._sdk = sdk
        self._learned: dict[str, Learned] = {}

    def of(self, token: str) -> Learned:
        """What is known of a type."""
        learned = self._learned.get(token)
        if learned is None:
            known = self._sdk.resource_type(token)
            learned = self._learned[token] = Learned(known, facts_of(token, known))
        return learned

    def no_such_type(self, token: str) -> str:
        """The message for a type that the SDK does not list, with the likeliest meant one."""
        version = self._sdk.version(self._package)
        if version == NOT_INSTALLED:
            return (
                f"the SDK of package {self._package!r} is not installed, so {token!r} cannot be "
                f"rehearsed; install it beside the program (pulumi-{self._package})"
            )
        close = difflib.get_close_matches(token, self._sdk.similar(token), n=1, cutoff=0.8)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return (
            f"the installed SDK of package {self._package!r} ({version}) "
            f"has no resource type {token!r}{hint}"
        )

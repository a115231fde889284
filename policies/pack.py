"""What a policy pack is, whatever serves it: its rules, its policies and where exemptions are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies.catalogue import RULES, rules_of
from policies.exemptions import Exemptions, find
from policies.rule import MANDATORY_IN, Level, Rule
from policies.rules.stack_judging import EXEMPTIONS_SOUND
from policies.settings import Configuration, schema

EXEMPTIONS_FILE: Final = "exemptions_file"
"""The setting of the policy about the whole stack that names the file of exemptions."""

STACK_PACK: Final = "stack"

_FOLDER: Final = Path(__file__).resolve().parent
_VERSION: Final = re.compile(r"^version: *(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as Pulumi knows it. The rules that need the whole stack share one.

    ``name`` is the id of the rule, or that of the pack with ``-stack``.
    """

    name: str
    description: str
    rules: tuple[Rule, ...]
    takes_stack: bool

    @property
    def level(self) -> Level:
        """How it is enforced where most is enforced."""
        binding = any(MANDATORY_IN[rule.severity] for rule in self.rules)
        return "mandatory" if binding else "advisory"

    @property
    def tags(self) -> list[str]:
        """The items of frameworks that its rules answer."""
        return sorted(
            {f"{c.framework.value}: {c.id}" for rule in self.rules for c in rule.all_controls}
        )

    @property
    def schema(self) -> dict[str, dict[str, Any]]:
        """The JSON schemas of its settings, by name."""
        if not self.takes_stack:
            return schema(self.rules[0])
        of_rules = {
            rule.id: {
                "description": f"Settings of {rule.id}.",
                "type": "object",
                "properties": schema(rule),
                "additionalProperties": False,
            }
            for rule in self.rules
            if rule.settings and not rule.checks
        }
        place = {"description": "The file of exemptions.", "type": "string"}
        return {**of_rules, EXEMPTIONS_FILE: place}


class Pack:
    """One pack of the catalogue, such as ``aws``."""

    def __init__(self, name: str) -> None:
        """The pack called ``name``."""
        self.name = name
        self.title = f"plinth-{name}"
        self.own = rules_of(name)
        across = tuple(rule for rule in self.own if rule.stack_checks)
        self.single = tuple(
            Policy(rule.id, rule.title, (rule,), takes_stack=False)
            for rule in self.own
            if rule.checks
        )
        # Every pack says what is wrong with the exemptions from its rules.
        last = () if EXEMPTIONS_SOUND in across else (EXEMPTIONS_SOUND,)
        self.across = Policy(
            f"{name}-stack",
            "Rules that take the whole stack to judge",
            (*across, *last),
            takes_stack=True,
        )

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies, in report order, the one about the whole stack last."""
        return (*self.single, self.across)

    @property
    def judged(self) -> tuple[Rule, ...]:
        """The rules to judge by. The pack about stacks counts what no rule of any pack decides."""
        if self.name == STACK_PACK:
            return RULES
        return (*self.own, *(rule for rule in self.across.rules if rule not in self.own))

    @property
    def version(self) -> str:
        """The version of the pack."""
        text = (_FOLDER / self.name / "PulumiPolicy.yaml").read_text(encoding="utf-8")
        found = _VERSION.search(text)
        return found[1] if found else "0.0.0"

    def configuration(self, given: Mapping[str, Mapping[str, Any]]) -> Configuration:
        """The settings of each rule, from what is ``given`` to each policy.

        Raises:
            ValueError: there is no such policy, or what is given to the policy about the whole
                stack is not by rules.
        """
        names = {policy.name for policy in self.policies}
        # Whoever configures a level alone misspells it as easily as whoever configures a setting.
        unknown = sorted(given.keys() - names)
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)} is configured, but {self.title} has no such policy; it has: "
                f"{', '.join(policy.name for policy in self.policies)}"
            )
        settings = {name: values for name, values in given.items() if values}
        shared = dict(settings.pop(self.across.name, {}))
        shared.pop(EXEMPTIONS_FILE, None)
        wrong = [name for name, values in shared.items() if not isinstance(values, Mapping)]
        if wrong:
            raise ValueError(
                f"{self.across.name} is configured with {', '.join(sorted(wrong))}; it takes "
                f"{EXEMPTIONS_FILE}, and for each rule an object of its settings"
            )
        return {**settings, **shared}

    def exemptions(self, given: Mapping[str, Mapping[str, Any]]) -> Exemptions:
        """The exemptions from the file that the configuration or the environment names.

        Without either, from the file beside the packs if there is one.
        """
        named = given.get(self.across.name, {}).get(EXEMPTIONS_FILE)
        named = named if isinstance(named, str) else ""
        return find(_FOLDER, ids(RULES), named=named, environ=os.environ)


def ids(rules: Iterable[Rule]) -> frozenset[str]:
    """The ids of ``rules``."""
    return frozenset(rule.id for rule in rules)

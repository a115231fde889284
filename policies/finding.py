"""The verdict of a rule on a resource, and the words in which it is told."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from policies.exemptions import Exemption
from policies.rule import Demand, Level, Rule, Verdict, level
from policies.subject import Environment
from policies.view import Truth

_SHOWN_UNKNOWNS: Final = 3


@dataclass(slots=True)
class Finding:
    """The verdict on one pair of rule and resource.

    Attributes:
        rule: The rule; a report joins its id, severity, controls and fix.
        verdict: What it says.
        urn: The resource.
        environment: The environment of the resource.
        paths: The properties that violate or that are not known; empty for the whole resource.
        message: What is wrong and what to do, without any property value; empty for a pass.
        exemption: What exempts the resource from the rule, if anything does.
    """

    rule: Rule
    verdict: Verdict
    urn: str
    environment: Environment
    paths: tuple[str, ...] = ()
    message: str = ""
    exemption: Exemption | None = None

    @property
    def level(self) -> Level:
        """How the finding is enforced; one that is exempt or not decided only advises."""
        if self.verdict is Verdict.UNDECIDED or self.exemption is not None:
            return "advisory"
        return level(self.rule.severity, self.environment)

    @property
    def told(self) -> str:
        """The message, with what exempts the resource in front of it."""
        if self.exemption is None:
            return self.message
        return f"{self.exemption.sentence()}. Without that: {self.message}"


def decide(
    rule: Rule,
    urn: str,
    environment: Environment,
    open_demands: Sequence[Demand],
    reads: Sequence[str],
) -> Finding:
    """The finding for the demands that do not hold or are not known to hold."""
    if not open_demands:
        return Finding(rule, Verdict.PASS, urn, environment)
    violated = [demand for demand in open_demands if demand.holds is Truth.NO]
    if violated:
        # Each path is built once: it is most of the price of a violation.
        told = [(demand.at.path, demand.problem) for demand in violated]
        paths = _distinct(path for path, _ in told)
        problems = "; ".join(_distinct(f"{path or 'the resource'} {what}" for path, what in told))
        message = f"{problems}. {rule.fix} See {rule.page}."
        return Finding(rule, Verdict.FAIL, urn, environment, paths, message)
    paths = _distinct(_unknowns(open_demands, reads))
    problems = _distinct(demand.problem for demand in open_demands)
    missing = ", ".join(paths) or f"whether it {', or whether it '.join(problems)}"
    message = f"cannot be decided before the update; not known: {missing}. See {rule.page}."
    return Finding(rule, Verdict.UNDECIDED, urn, environment, paths, message)


def defect(rule: Rule, urn: str, environment: Environment, error: Exception) -> Finding:
    """The finding that ``rule`` raised ``error``: nobody judged the resource."""
    # The text of an exception may hold a property value, so only its type and place are told.
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = (
        f"the rule {rule.id} is defective: {type(error).__name__} in {place.name}, line "
        f"{place.lineno}. The resource was not judged; report the rule."
    )
    return Finding(rule, Verdict.DEFECT, urn, environment, message=message)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _unknowns(demands: Iterable[Demand], reads: Sequence[str]) -> Iterator[str]:
    """The first few unknown properties under the open demands, of those the rule reads."""
    unknown = (path for demand in demands for path in demand.at.unknown_paths())
    return islice((path for path in unknown if _is_read(path, reads)), _SHOWN_UNKNOWNS)


def _is_read(path: str, reads: Sequence[str]) -> bool:
    plain = ".".join(part.partition("[")[0] for part in path.split(".")).removeprefix("items.")
    return any(
        read == plain or read.startswith(f"{plain}.") or plain.startswith(f"{read}.")
        for read in reads
    )

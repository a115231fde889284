"""Measures what has a budget: how long a generated program takes to rehearse."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from policies.catalogue import RULES
from policies.judge import Judge, Resource
from rehearsal.engine import Engine, Project
from rehearsal.events import Summary
from rehearsal.program import ScriptProgram
from rehearsal.store import Store

SMALL: Final = 250
LARGE: Final = 1_000
UP_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 6.0
PAIR_MICROSECONDS: Final = 10.0
# Linear growth, and a fifth more.
GROWTH: Final = 1.2 * LARGE / SMALL

PROGRAM: Final = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1")
for number in range({count}):
    aws.ec2.SecurityGroup(
        f"group-{{number}}",
        description="generated",
        ingress=[
            {{
                "protocol": "tcp",
                "from_port": 443,
                "to_port": 443,
                "cidr_blocks": ["10.0.0.0/8"],
                "description": "from inside",
            }}
        ],
        tags={{"number": str(number)}},
        opts=pulumi.ResourceOptions(provider=provider),
    )
"""


def rehearse(count: int) -> tuple[Summary, Summary]:
    """Up and a second up of ``count`` security groups, each in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "__main__.py").write_text(PROGRAM.format(count=count), encoding="utf-8")
        project = Project("bench", "dev", ScriptProgram(root), root)
        store = Store(root / "state", "bench", "dev", "bench")
        return Engine(project, store).up(), Engine(project, store).up()


def judge() -> float:
    """Seconds that one rule takes to judge one resource, over the examples of all rules."""
    resources = [
        Resource(f"urn:pulumi:prod::bench::{check.type}::one", check.type, "one", props)
        for rule in RULES
        for check in rule.checks
        for props in (*check.good.values(), *check.bad.values())
    ]
    panel = Judge(RULES)
    best = float("inf")
    for _ in range(20):
        begun = time.perf_counter()
        pairs = sum(len(panel.resource(resource)) for resource in resources)
        best = min(best, (time.perf_counter() - begun) / pairs)
    return best


def main() -> int:
    """Print the figures; 1 if one is over its budget."""
    over = False

    def report(what: str, measured: float, budget: float, unit: str = "s") -> None:
        nonlocal over
        over |= measured > budget
        verdict = "ok" if measured <= budget else "OVER BUDGET"
        print(f"{what:44} {measured:7.2f} {unit}   budget {budget:5.2f} {unit}   {verdict}")  # noqa: T201

    begun = time.monotonic()
    small = rehearse(SMALL)
    large = rehearse(LARGE)
    report(f"up of {LARGE} resources", large[0].seconds, UP_SECONDS)
    report(f"second up of {LARGE} resources", large[1].seconds, AGAIN_SECONDS)
    report(f"up, growth from {SMALL}", large[0].seconds / small[0].seconds, GROWTH, "x")
    report("judging, per rule and resource", 1e6 * judge(), PAIR_MICROSECONDS, "µs")
    report(f"second up, growth from {SMALL}", large[1].seconds / small[1].seconds, GROWTH, "x")
    print(f"measured in {time.monotonic() - begun:.0f} s")  # noqa: T201
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures how long a generated program takes to rehearse."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from rehearsal.engine import Engine, Project
from rehearsal.events import Summary
from rehearsal.program import ScriptProgram
from rehearsal.store import Store
from tools.bench_report import Figures

SMALL: Final = 250
LARGE: Final = 1_000
UP_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 6.0
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


def measure(figures: Figures) -> None:
    """Up and a second up, and how they grow."""
    small = rehearse(SMALL)
    large = rehearse(LARGE)
    figures.at_most(f"up of {LARGE} resources", large[0].seconds, UP_SECONDS)
    figures.at_most(f"second up of {LARGE} resources", large[1].seconds, AGAIN_SECONDS)
    figures.at_most(f"up, growth from {SMALL}", large[0].seconds / small[0].seconds, GROWTH, "x")
    figures.at_most(
        f"second up, growth from {SMALL}", large[1].seconds / small[1].seconds, GROWTH, "x"
    )


def rehearse(count: int) -> tuple[Summary, Summary]:
    """Up and a second up of ``count`` security groups, each in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "__main__.py").write_text(PROGRAM.format(count=count), encoding="utf-8")
        project = Project("bench", "dev", ScriptProgram(root), root)
        store = Store(root / "state", "bench", "dev", "bench")
        return Engine(project, store).up(), Engine(project, store).up()

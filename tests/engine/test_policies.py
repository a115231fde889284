from __future__ import annotations

from pathlib import Path

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import rules_of
from tests.engine.histories import PRELUDE
from tests.engine.stages import Pair

PACK = Path(__file__).parents[2] / "policies" / "aws"
OPEN = """
vpc = aws.ec2.Vpc("core", cidr_block="10.0.0.0/16", opts=on_aws())
group = aws.ec2.SecurityGroup("open", vpc_id=vpc.id, opts=on_aws())
aws.vpc.SecurityGroupIngressRule(
    "ssh", security_group_id=group.id, ip_protocol="tcp", from_port=22, to_port=22,
    cidr_ipv4="0.0.0.0/0", opts=on_aws(),
)
"""


@pytest.mark.parametrize("kind", ["preview", "up"])
def test_a_pack_finds_the_same_under_both_engines(pair: Pair, kind: str) -> None:
    pair.program(PRELUDE + OPEN)

    theirs = pair.pulumi.run(kind, "dev", f"--policy-pack={PACK}")
    ours = pair.rehearsal.run(kind, "dev", [RuleAnalyzer(rules_of("aws"))])

    assert ("aws-sg-no-public-admin", "mandatory") in {
        (r, level) for r, level, _ in ours.violations
    }
    assert ours.violations == theirs.violations
    assert not ours.ok
    assert not theirs.ok

from __future__ import annotations

from contextlib import closing

import pytest

from plinth.judging import RuleAnalyzer
from policies.catalogue import rules_of
from rehearsal.packs import PolicyPack
from tests.engine.histories import PRELUDE
from tests.engine.outcome import differences
from tests.engine.stages import ROOT, Pair

POLICIES = ROOT / "policies"
QUEUES = ROOT / "tests" / "rehearsal" / "packs" / "queues"
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

    theirs = pair.pulumi.run(kind, "dev", f"--policy-pack={POLICIES / 'aws'}")
    ours = pair.rehearsal.run(kind, "dev", [RuleAnalyzer(rules_of("aws"))])

    assert ("aws-sg-no-public-admin", "mandatory") in {
        (r, level) for r, level, _ in ours.violations
    }
    assert ours.violations == theirs.violations
    assert not ours.ok
    assert not theirs.ok


PRIVILEGED = """
import pulumi


def change(args):
    if args.type_ == "docker:index/container:Container":
        return pulumi.ResourceTransformResult({**args.props, "privileged": True}, args.opts)


pulumi.runtime.register_resource_transform(change)
"""


def test_the_docker_pack_passes_dev_under_both_engines(pair: Pair) -> None:
    pair.become("dev", "Pulumi.dev.yaml")

    for kind in ("preview", "up"):
        theirs = pair.pulumi.run(kind, "dev", f"--policy-pack={POLICIES / 'docker'}")
        ours = pair.rehearsal.run(kind, "dev", [RuleAnalyzer(rules_of("docker"))])

        assert differences(ours.plain(), theirs.plain()) == []
        assert ours.ok
        assert ours.violations == []


def test_the_docker_pack_finds_the_same_in_a_broken_dev_under_both_engines(pair: Pair) -> None:
    pair.become("dev", "Pulumi.dev.yaml")
    pair.program(PRIVILEGED + (ROOT / "__main__.py").read_text())

    theirs = pair.pulumi.run("preview", "dev", f"--policy-pack={POLICIES / 'docker'}")
    ours = pair.rehearsal.run("preview", "dev", [RuleAnalyzer(rules_of("docker"))])

    assert {(rule, level) for rule, level, _ in ours.violations} == {
        ("docker-no-privileged", "mandatory")
    }
    assert ours.violations == theirs.violations
    assert ours.steps == theirs.steps
    assert not ours.ok
    assert not theirs.ok


STRANGE = """
vpc = aws.ec2.Vpc("core", cidr_block="10.0.0.0/16", opts=on_aws())
aws.sqs.Queue("orders", message_retention_seconds=60, policy=vpc.arn, opts=on_aws())
Shop("shop", ResourceOptions(providers=[provider, random.Provider("random")]))
"""


def test_a_strangers_pack_finds_the_same_under_both_engines(pair: Pair) -> None:
    pair.program(PRELUDE + STRANGE)

    theirs = pair.pulumi.run("preview", "dev", f"--policy-pack={QUEUES}")
    with closing(PolicyPack(QUEUES, project="shop", stack="dev", dry_run=True)) as pack:
        ours = pair.rehearsal.run("preview", "dev", [pack])

    assert {rule for rule, _, _ in ours.violations} == {
        "has-short-policy",
        "is-described",
        "is-small",
        "keeps-messages",
    }
    assert differences(ours.plain(), theirs.plain()) == []

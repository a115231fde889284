from __future__ import annotations

import pytest

from rehearsal.world import Fault
from tests.engine.histories import HISTORIES, PRELUDE, History, firewall
from tests.engine.stages import Pair

CHAIN = """
queue = aws.sqs.Queue("orders", opts=on_aws())
after = aws.ssm.Parameter("after", type="String", value=queue.arn, opts=on_aws())
last = aws.ssm.Parameter("last", type="String", value=after.arn, opts=on_aws())
pulumi.export("arn", last.arn)
"""
EXPORTING = """
import pulumi
pulumi.export("plain", 1)
pulumi.export("secret", pulumi.Output.secret(2))
"""
REFERRING = """
import pulumi
base = pulumi.StackReference("organization/shop/base")
for name in ("plain", "secret", "absent"):
    pulumi.export(name, base.get_output(name))
"""


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.rule)
def test_both_engines_agree_on(pair: Pair, history: History) -> None:
    for version in history.versions:
        pair.program(PRELUDE + version)
        pair.agree("preview")
        pair.agree("up")

    pair.agree("destroy")


@pytest.mark.parametrize("then", ["", firewall("two", group="protect=True")], ids=["gone", "new"])
def test_both_engines_keep_what_is_protected(pair: Pair, then: str) -> None:
    pair.program(PRELUDE + firewall("one", group="protect=True"))
    pair.agree("up")
    pair.program(PRELUDE + then)

    for kind in ("preview", "up"):
        for outcome in pair.run(kind):
            assert not outcome.ok
            assert any("protect" in message for message in outcome.messages)
    for stage in (pair.pulumi, pair.rehearsal):
        (group,) = [o for o in stage.world.objects() if o.type.endswith(":SecurityGroup")]
        assert group.inputs["description"] == "one"
        assert group.urn in {urn for urn, _ in stage.state("dev")}


def test_both_engines_stop_at_a_failing_resource_and_go_on_later(pair: Pair) -> None:
    pair.program(PRELUDE + CHAIN)
    for world in (pair.pulumi.world, pair.rehearsal.world):
        world.faults.order(Fault(at=2))

    assert not pair.agree("up").ok
    assert pair.agree("up").ok


def test_both_engines_find_out_what_has_gone(pair: Pair) -> None:
    pair.program(PRELUDE + CHAIN)
    pair.agree("up")
    for world in (pair.pulumi.world, pair.rehearsal.world):
        (queue,) = [o for o in world.objects() if o.type == "aws:sqs/queue:Queue"]
        world.remove(queue.type, queue.id)

    assert pair.agree("refresh").counts["delete"] == 1
    assert pair.agree("up").ok


def test_both_engines_read_another_stack(pair: Pair) -> None:
    pair.program(EXPORTING)
    pair.begin("base")
    pair.agree("up", "base")
    pair.program(REFERRING)

    for kind in ("preview", "up", "up", "destroy"):
        pair.agree(kind)


def test_both_engines_refuse_default_providers(pair: Pair) -> None:
    pair.program('import pulumi_random as random\nrandom.RandomPet("pet")\n')
    pair.configure('config:\n  pulumi:disable-default-providers: ["*"]\n')

    for kind in ("preview", "up"):
        for outcome in pair.run(kind):
            assert not outcome.ok
            assert any("Default provider for 'random' disabled" in m for m in outcome.messages)

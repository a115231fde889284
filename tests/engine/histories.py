"""Small programs and what becomes of them: each history is about one rule of the engine."""

from __future__ import annotations

from dataclasses import dataclass

PRELUDE = """
import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import Alias, ResourceOptions

provider = aws.Provider("aws", region="eu-west-1")


def on_aws(**options):
    return ResourceOptions(provider=provider, **options)


class Shop(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("shop:index:Shop", name, {"size": 3}, opts)
        child = ResourceOptions(parent=self)
        self.queue = aws.sqs.Queue(f"{name}-queue", opts=child)
        self.password = random.RandomPassword(f"{name}-password", length=20, opts=child)
        self.register_outputs({"queue": self.queue.arn, "password": self.password.result})

"""


@dataclass(frozen=True)
class History:
    """Versions of one program, brought up one after the other."""

    rule: str
    versions: tuple[str, ...]


def _queue(delay: int, then: str = "") -> str:
    return f'queue = aws.sqs.Queue("orders", delay_seconds={delay}, opts=on_aws())\n{then}'


def _logs(name: str, arguments: str = "retention_in_days=7", options: str = "") -> str:
    return f'logs = aws.cloudwatch.LogGroup("{name}", {arguments}, opts=on_aws({options}))\n'


def _named_logs(options: str, days: int = 7) -> str:
    return _logs("logs", f'name="/shop", retention_in_days={days}', options)


def firewall(description: str, group: str = "", rule: str = "") -> str:
    return f"""
group = aws.ec2.SecurityGroup("web", description="{description}", opts=on_aws({group}))
aws.vpc.SecurityGroupIngressRule(
    "https", security_group_id=group.id, ip_protocol="tcp", from_port=443, to_port=443,
    cidr_ipv4="10.0.0.0/8", opts=on_aws({rule}),
)
"""


_NESTED_EXPORTS = """
shop = Shop("eu", ResourceOptions(providers=[provider]))
secret = pulumi.Output.secret("x")
pulumi.export("arn", shop.queue.arn)
pulumi.export("password", shop.password.result)
pulumi.export("nested", {"a": [shop.queue.url, 1, None], "b": secret})
"""
_ONE_EXPORT = """
shop = Shop("eu", ResourceOptions(providers=[provider]))
pulumi.export("arn", shop.queue.arn)
"""
_RENAMED_SHOP = """
Shop("us", ResourceOptions(providers=[provider], aliases=[Alias(name="eu")]))
"""
_NEW_PARENT = """
parent = pulumi.ComponentResource("shop:index:Group", "group")
root = Alias(parent=pulumi.ROOT_STACK_RESOURCE)
aws.cloudwatch.LogGroup(
    "logs", retention_in_days=7, opts=on_aws(parent=parent, aliases=[root])
)
"""
_SEEN = """
seen = aws.cloudwatch.LogGroup.get("seen", "{id}", opts=on_aws())
pulumi.export("arn", seen.arn)
"""
_SECRET_ARN = """
queue = aws.sqs.Queue("orders", opts=on_aws(additional_secret_outputs=["arn"]))
pulumi.export("arn", queue.arn)
"""
_UNKNOWN_CONFIGURATION = """
queue = aws.sqs.Queue("orders", opts=on_aws())
other = aws.Provider("other", region="eu-west-1", profile=queue.arn)
logs = aws.cloudwatch.LogGroup(
    "logs", retention_in_days=7, opts=ResourceOptions(provider=other)
)
pulumi.export("name", logs.name)
"""
_FAR = """
far = aws.Provider("far", region="{region}")
aws.sqs.Queue("orders", opts=ResourceOptions(provider=far))
"""
_TRANSFORM = """
def transform(args):
    return pulumi.ResourceTransformResult({**args.props, "delaySeconds": 9}, args.opts)

aws.sqs.Queue("orders", opts=on_aws(transforms=[transform]))
"""
_INVOKE = """
region = aws.get_region_output(opts=pulumi.InvokeOptions(provider=provider))
pulumi.export("region", region.region)
"""

HISTORIES = (
    History("a component with secrets, then fewer exports", (_NESTED_EXPORTS, _ONE_EXPORT)),
    History(
        "an update keeps computed outputs known",
        tuple(_queue(delay, 'pulumi.export("arn", queue.arn)') for delay in (1, 2)),
    ),
    History("a replacement is unknown to dependents", (firewall("one"), firewall("two"))),
    History(
        "delete before replace takes dependents along",
        (firewall("one"), firewall("two", group="delete_before_replace=True")),
    ),
    History(
        "a rename by alias touches nothing",
        (_logs("old"), _logs("new", options='aliases=[Alias(name="old")]')),
    ),
    History("a component's rename carries its children", (_ONE_EXPORT, _RENAMED_SHOP)),
    History("a new parent by alias touches nothing", (_logs("logs"), _NEW_PARENT)),
    History(
        "ignored changes, nested ones too, change nothing",
        (
            _logs("logs", 'retention_in_days=7, tags={"a": "1", "b": "1"}'),
            _logs(
                "logs",
                'retention_in_days=30, tags={"a": "2", "b": "1"}',
                'ignore_changes=["retentionInDays", "tags.a"]',
            ),
        ),
    ),
    History(
        "replace on changes",
        (
            _logs("logs"),
            _logs("logs", "retention_in_days=30", 'replace_on_changes=["retentionInDays"]'),
        ),
    ),
    History(
        "what is no longer asked for goes, what is retained stays",
        (_logs("gone") + _logs("kept", options="retain_on_delete=True"), ""),
    ),
    History("deleted with", (firewall("one", rule="deleted_with=group"), "")),
    History(
        "deleted with what is replaced",
        tuple(firewall(text, rule="deleted_with=group") for text in ("one", "two")),
    ),
    History(
        "retained, then imported, then no longer imported",
        (
            _named_logs("retain_on_delete=True"),
            "",
            _named_logs('import_="/shop"'),
            _named_logs(""),
        ),
    ),
    History(
        "imported and changed at once",
        (_named_logs("retain_on_delete=True"), "", _named_logs('import_="/shop"', days=30)),
    ),
    History("an import of nothing", (_named_logs('import_="/none"'),)),
    History(
        "looked at by id, then forgotten",
        (_named_logs("retain_on_delete=True"), _SEEN.format(id="/shop"), ""),
    ),
    History("a look at nothing", (_SEEN.format(id="/none"),)),
    History("additional secret outputs", (_SECRET_ARN,)),
    History("a provider whose configuration is not known yet", (_UNKNOWN_CONFIGURATION,)),
    History(
        "another region is another provider",
        tuple(_FAR.format(region=region) for region in ("eu-west-1", "eu-north-1")),
    ),
    History("a transform changes what is registered", (_TRANSFORM,)),
    History(
        "two resources of one name", (_logs("logs") + _logs("logs", options="depends_on=[logs]"),)
    ),
    History("an invoke", (_INVOKE,)),
)

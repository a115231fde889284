"""AWS machines and load balancers: ids, ARNs and replacements.

Source: the documentation and resource schemas (ForceNew) of hashicorp/terraform-provider-aws 6:
``aws_instance``, ``aws_lb``, ``aws_lb_target_group``, ``aws_lb_listener``. Written from memory,
2026-11-21.
"""

from __future__ import annotations

from typing import Final

from rehearsal.facts.fact import Facts, Making

_KINDS: Final = {"network": "net", "gateway": "gwy"}


def _balancer_id(making: Making) -> str:
    kind = _KINDS.get(str(making.inputs.get("loadBalancerType")), "app")
    return making.text(f"{_BALANCING}:loadbalancer/{kind}/{{name}}/{{hex16}}", "id")


def _listener_id(making: Making) -> str:
    balancer = str(making.inputs.get("loadBalancerArn", ""))
    return making.text(balancer.replace(":loadbalancer/", ":listener/") + "/{hex16}", "id")


def _suffix(making: Making) -> str:
    return making.text("{id}", "id").rpartition(":")[2].removeprefix("loadbalancer/")


_BALANCING: Final = "arn:aws:elasticloadbalancing:{region}:{account}"
_BALANCER: Final = Facts(
    id=_balancer_id,
    outputs={
        "arn": "{id}",
        "arnSuffix": _suffix,
        "dnsName": "{name}-{digits10}.{region}.elb.amazonaws.com",
        "vpcId": "vpc-0{hex16}",
        "zoneId": "Z{HEX13}",
    },
    replaces=(
        "customerOwnedIpv4Pool",
        "internal",
        "loadBalancerType",
        "name",
        "namePrefix",
        "region",
    ),
    name_limit=32,
)
_TARGET_GROUP: Final = Facts(
    id=f"{_BALANCING}:targetgroup/{{name}}/{{hex16}}",
    outputs={"arn": "{id}", "arnSuffix": _suffix},
    replaces=(
        "ipAddressType",
        "name",
        "namePrefix",
        "port",
        "protocol",
        "protocolVersion",
        "region",
        "targetType",
        "vpcId",
    ),
    name_limit=32,
)
_LISTENER: Final = Facts(
    id=_listener_id, outputs={"arn": "{id}"}, replaces=("loadBalancerArn", "region")
)

COMPUTE: Final = {
    "aws:ec2/instance:Instance": Facts(
        id="i-0{hex16}",
        outputs={
            "arn": "arn:aws:ec2:{region}:{account}:instance/{id}",
            "instanceState": "running",
        },
        # Another instance type stops and starts the machine; so do other user data, unless
        # ``userDataReplaceOnChange`` says otherwise.
        replaces=(
            "ami",
            "associatePublicIpAddress",
            "availabilityZone",
            "enclaveOptions",
            "ephemeralBlockDevices",
            "hibernation",
            "keyName",
            "networkInterfaces",
            "placementGroup",
            "privateIp",
            "region",
            "securityGroups",
            "subnetId",
        ),
        name="",
    ),
    "aws:alb/listener:Listener": _LISTENER,
    "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:alb/targetGroup:TargetGroup": _TARGET_GROUP,
    "aws:lb/listener:Listener": _LISTENER,
    "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:lb/targetGroup:TargetGroup": _TARGET_GROUP,
}

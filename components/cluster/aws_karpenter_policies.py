"""What Karpenter may do: make, mark and end its own nodes, and nothing to anybody else's.

Source: ``cloudformation.yaml`` of Karpenter 1.12 in github.com/aws/karpenter-provider-aws, and "Zonal
shift" in its documentation, checked 2026-11-21.
"""

from __future__ import annotations

from components.cluster.aws_roles import cluster_arn, queue_arn
from components.ground import AwsCloud
from components.iam import Statement, document


def controller_policies(cluster: str, node_role: str, cloud: AwsCloud) -> dict[str, str]:
    """The policies of the controller in JSON, by subject.

    A managed policy holds 6,144 characters, so that the whole does not fit into one.
    """
    return {
        "discovery": document(*_discovery(cluster, cloud)),
        "instances": document(*_instances(cluster, cloud)),
        "profiles": document(*_profiles(cluster, node_role, cloud)),
    }


def _instances(cluster: str, cloud: AwsCloud) -> list[Statement]:
    owner = f"kubernetes.io/cluster/{cluster}"
    asked = {
        "StringEquals": {
            f"aws:RequestTag/{owner}": "owned",
            "aws:RequestTag/eks:eks-cluster-name": cluster,
        },
        "StringLike": {"aws:RequestTag/karpenter.sh/nodepool": "*"},
    }
    own = {
        "StringEquals": {f"aws:ResourceTag/{owner}": "owned"},
        "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
    }
    made = _ec2(
        cloud,
        "fleet",
        "instance",
        "launch-template",
        "network-interface",
        "spot-instances-request",
        "volume",
    )
    return [
        Statement(
            sid="LaunchFromWhatExists",
            actions=("ec2:RunInstances", "ec2:CreateFleet"),
            resources=(
                f"arn:{cloud.partition}:ec2:{cloud.region}::image/*",
                f"arn:{cloud.partition}:ec2:{cloud.region}::snapshot/*",
                *_ec2(cloud, "capacity-reservation", "placement-group", "security-group", "subnet"),
            ),
        ),
        Statement(
            sid="LaunchFromOwnTemplates",
            actions=("ec2:RunInstances", "ec2:CreateFleet"),
            resources=_ec2(cloud, "launch-template"),
            conditions=own,
        ),
        Statement(
            sid="MakeOwn",
            actions=("ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"),
            resources=made,
            conditions=asked,
        ),
        Statement(
            sid="TagWhatIsMade",
            actions=("ec2:CreateTags",),
            resources=made,
            conditions={
                "StringEquals": {
                    **asked["StringEquals"],
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
                "StringLike": asked["StringLike"],
            },
        ),
        Statement(
            sid="NameOwn",
            actions=("ec2:CreateTags",),
            resources=_ec2(cloud, "instance"),
            conditions={
                **own,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim"]
                },
            },
        ),
        Statement(
            sid="EndOwn",
            actions=("ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"),
            resources=_ec2(cloud, "instance", "launch-template"),
            conditions=own,
        ),
    ]


def _profiles(cluster: str, node_role: str, cloud: AwsCloud) -> list[Statement]:
    profiles = (f"arn:{cloud.partition}:iam::{cloud.account_id}:instance-profile/*",)
    owner, region = f"kubernetes.io/cluster/{cluster}", "topology.kubernetes.io/region"
    node_class = "karpenter.k8s.aws/ec2nodeclass"

    def tagged(kind: str) -> dict[str, str]:
        return {f"aws:{kind}/{owner}": "owned", f"aws:{kind}/{region}": cloud.region}

    asked = {**tagged("RequestTag"), "aws:RequestTag/eks:eks-cluster-name": cluster}
    return [
        Statement(
            sid="PassNodeRole",
            actions=("iam:PassRole",),
            resources=(f"arn:{cloud.partition}:iam::{cloud.account_id}:role/{node_role}",),
            conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        Statement(
            sid="CreateProfiles",
            actions=("iam:CreateInstanceProfile",),
            resources=profiles,
            conditions={
                "StringEquals": asked,
                "StringLike": {f"aws:RequestTag/{node_class}": "*"},
            },
        ),
        Statement(
            sid="TagOwnProfiles",
            actions=("iam:TagInstanceProfile",),
            resources=profiles,
            conditions={
                "StringEquals": {**tagged("ResourceTag"), **asked},
                "StringLike": {
                    f"aws:RequestTag/{node_class}": "*",
                    f"aws:ResourceTag/{node_class}": "*",
                },
            },
        ),
        Statement(
            sid="ChangeOwnProfiles",
            actions=(
                "iam:AddRoleToInstanceProfile",
                "iam:DeleteInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
            ),
            resources=profiles,
            conditions={
                "StringEquals": tagged("ResourceTag"),
                "StringLike": {f"aws:ResourceTag/{node_class}": "*"},
            },
        ),
        Statement(sid="ReadProfiles", actions=("iam:GetInstanceProfile",), resources=profiles),
        # Cannot be limited to a resource.
        Statement(sid="ListProfiles", actions=("iam:ListInstanceProfiles",), resources=("*",)),
    ]


def _discovery(cluster: str, cloud: AwsCloud) -> list[Statement]:
    return [
        # None of these can be limited to a resource.
        Statement(
            sid="ReadRegion",
            actions=(
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ),
            resources=("*",),
            conditions={"StringEquals": {"aws:RequestedRegion": cloud.region}},
        ),
        Statement(sid="ReadPrices", actions=("pricing:GetProducts",), resources=("*",)),
        Statement(
            sid="ReadImagesOfAws",
            actions=("ssm:GetParameter",),
            resources=(f"arn:{cloud.partition}:ssm:{cloud.region}::parameter/aws/service/*",),
        ),
        Statement(
            sid="ReadCluster",
            actions=("eks:DescribeCluster",),
            resources=(cluster_arn(cluster, cloud),),
        ),
        Statement(
            sid="ReadZonalShift",
            actions=("arc-zonal-shift:GetManagedResource",),
            resources=("*",),
            conditions={
                "StringEquals": {"arc-zonal-shift:ResourceIdentifier": cluster_arn(cluster, cloud)}
            },
        ),
        Statement(
            sid="ReadInterruptions",
            actions=(
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ),
            resources=(queue_arn(cluster, cloud),),
        ),
    ]


def _ec2(cloud: AwsCloud, *kinds: str) -> tuple[str, ...]:
    """Everything of some kinds, in the account and region of the cloud."""
    prefix = f"arn:{cloud.partition}:ec2:{cloud.region}:{cloud.account_id}:"
    return tuple(f"{prefix}{kind}/*" for kind in kinds)

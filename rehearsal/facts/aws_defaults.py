"""Inputs that the AWS provider fills in when they are left out, so that policies see them.

Source: the ``Default`` of each argument in the schemas of hashicorp/terraform-provider-aws 6, checked
2026-11-21. Only constants are listed: what AWS itself chooses is a computed output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays": 0, "skipDestroy": False},
    "aws:ec2/flowLog:FlowLog": {
        "logDestinationType": "cloud-watch-logs",
        "maxAggregationInterval": 600,
    },
    "aws:ec2/natGateway:NatGateway": {"connectivityType": "public"},
    "aws:ec2/securityGroup:SecurityGroup": {"revokeRulesOnDelete": False},
    "aws:ec2/subnet:Subnet": {
        "assignIpv6AddressOnCreation": False,
        "enableDns64": False,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "ipv6Native": False,
        "mapPublicIpOnLaunch": False,
    },
    "aws:ec2/vpc:Vpc": {"enableDnsSupport": True, "instanceTenancy": "default"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcEndpointType": "Gateway"},
    "aws:ecr/repository:Repository": {"imageTagMutability": "MUTABLE"},
    "aws:iam/role:Role": {"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
    "aws:kms/key:Key": {
        "bypassPolicyLockoutSafetyCheck": False,
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "enableKeyRotation": False,
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
    },
    "aws:rds/instance:Instance": {
        "copyTagsToSnapshot": False,
        "deleteAutomatedBackups": True,
        "monitoringInterval": 0,
        "publiclyAccessible": False,
        "skipFinalSnapshot": False,
    },
    "aws:s3/bucket:Bucket": {"forceDestroy": False},
    "aws:secretsmanager/secret:Secret": {
        "forceOverwriteReplicaSecret": False,
        "recoveryWindowInDays": 30,
    },
}

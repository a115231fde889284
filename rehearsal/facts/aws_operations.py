"""AWS audit, detection, messages, events and backups; launch templates and account-wide switches.

Source: the resource documentation of hashicorp/terraform-provider-aws 6 and the formats of ARNs in
the service authorisation reference; replacements are written from memory, 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from rehearsal.facts.aws_forms import keyed, named
from rehearsal.facts.fact import Facts, Making

_EC2: Final = "arn:aws:ec2:{region}:{account}"


def _rule_id(making: Making) -> str:
    bus = making.inputs.get("eventBusName") or "default"
    name = making.text("{name}", "rule")
    return name if bus == "default" else f"{bus}/{name}"


def _target_id(making: Making) -> str:
    bus = making.inputs.get("eventBusName") or "default"
    own = making.text("{rule}-{targetId}", "target")
    return own if bus == "default" else f"{bus}-{own}"


def _standard(making: Making) -> str:
    standard = str(making.inputs.get("standardsArn", "")).partition("standards/")[2]
    return making.text(f"arn:aws:securityhub:{{region}}:{{account}}:subscription/{standard}", "id")


OPERATIONS: Final = {
    "aws:ec2/launchTemplate:LaunchTemplate": Facts(
        id="lt-0{hex16}",
        outputs={
            "arn": f"{_EC2}:launch-template/{{id}}",
            "defaultVersion": 1,
            "latestVersion": 1,
        },
        replaces=("name", "namePrefix", "region"),
        name_limit=128,
        counts={"defaultVersion": "updateDefaultVersion", "latestVersion": ""},
    ),
    "aws:ec2/tag:Tag": Facts(
        id="{resourceId},{key}", replaces=("key", "region", "resourceId"), name=""
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": Facts(
        id="vpc-cidr-assoc-0{hex16}", replaces=("*",), name=""
    ),
    "aws:ebs/encryptionByDefault:EncryptionByDefault": Facts(
        id="terraform-{digits26}", replaces=("region",), name="", defaults={"enabled": True}
    ),
    "aws:ebs/defaultKmsKey:DefaultKmsKey": Facts(
        id="{keyArn}", replaces=("keyArn", "region"), name=""
    ),
    "aws:cloudtrail/trail:Trail": Facts(
        id="arn:aws:cloudtrail:{region}:{account}:trail/{name}",
        outputs={"arn": "{id}", "homeRegion": "{region}", "snsTopicArn": ""},
        replaces=("name", "region"),
        name_limit=128,
        defaults={
            "enableLogFileValidation": False,
            "enableLogging": True,
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": False,
            "isOrganizationTrail": False,
        },
    ),
    "aws:guardduty/detector:Detector": Facts(
        id="{hex32}",
        outputs={
            "accountId": "{account}",
            "arn": "arn:aws:guardduty:{region}:{account}:detector/{id}",
            "findingPublishingFrequency": "SIX_HOURS",
        },
        replaces=("region",),
        keeps=("findingPublishingFrequency",),
        name="",
        defaults={"enable": True},
    ),
    "aws:guardduty/detectorFeature:DetectorFeature": Facts(
        id="{detectorId}/{name}", replaces=("detectorId", "name", "region"), name=""
    ),
    "aws:accessanalyzer/analyzer:Analyzer": keyed(
        "access-analyzer",
        "analyzerName",
        "analyzer/{analyzerName}",
        "type",
        defaults={"type": "ACCOUNT"},
    ),
    "aws:securityhub/account:Account": Facts(
        id="{account}",
        outputs={
            "arn": "arn:aws:securityhub:{region}:{account}:hub/default",
            "controlFindingGenerator": "SECURITY_CONTROL",
        },
        replaces=("region",),
        name="",
        defaults={"autoEnableControls": True, "enableDefaultStandards": True},
    ),
    "aws:securityhub/standardsSubscription:StandardsSubscription": Facts(
        id=_standard, outputs={"arn": "{id}"}, replaces=("region", "standardsArn"), name=""
    ),
    "aws:cfg/recorder:Recorder": Facts(id="{name}", replaces=("name", "region")),
    "aws:cfg/deliveryChannel:DeliveryChannel": Facts(id="{name}", replaces=("name", "region")),
    "aws:sqs/queue:Queue": Facts(
        id="https://sqs.{region}.amazonaws.com/{account}/{name}",
        outputs={
            "arn": "arn:aws:sqs:{region}:{account}:{name}",
            "kmsDataKeyReusePeriodSeconds": 300,
            "policy": "",
            "redriveAllowPolicy": "",
            "redrivePolicy": "",
            "sqsManagedSseEnabled": True,
            "url": "{id}",
        },
        replaces=("fifoQueue", "name", "namePrefix", "region"),
        name_limit=80,
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Facts(
        id="{queueUrl}", replaces=("queueUrl", "region"), name=""
    ),
    "aws:sns/topic:Topic": Facts(
        id="arn:aws:sns:{region}:{account}:{name}",
        outputs={"arn": "{id}", "beginningArchiveTime": "", "owner": "{account}"},
        replaces=("fifoTopic", "name", "namePrefix", "region"),
        name_limit=256,
    ),
    "aws:sns/topicPolicy:TopicPolicy": Facts(
        id="{arn}", outputs={"owner": "{account}"}, replaces=("arn", "region"), name=""
    ),
    "aws:cloudwatch/eventRule:EventRule": Facts(
        id=_rule_id,
        outputs={"arn": "arn:aws:events:{region}:{account}:rule/{id}"},
        replaces=("eventBusName", "name", "namePrefix", "region"),
        name_limit=64,
        scope=("eventBusName", "region"),
        defaults={"eventBusName": "default", "forceDestroy": False},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Facts(
        id=_target_id,
        outputs={"targetId": "terraform-{digits26}"},
        replaces=("eventBusName", "region", "rule", "targetId"),
        name="",
        defaults={"eventBusName": "default", "forceDestroy": False},
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Facts(
        id="{policyName}",
        outputs={"policyScope": "ACCOUNT", "revisionId": ""},
        replaces=("policyName", "region", "resourceArn"),
        name="policyName",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": named("cloudwatch", "alarm:{name}"),
    "aws:backup/vault:Vault": named(
        "backup",
        "backup-vault:{name}",
        "kmsKeyArn",
        name_limit=50,
        kmsKeyArn="arn:aws:kms:{region}:{account}:key/{uuid}",
        recoveryPoints=0,
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": Facts(
        id="{backupVaultName}",
        outputs={"backupVaultArn": "arn:aws:backup:{region}:{account}:backup-vault:{id}"},
        replaces=("*",),
        name="",
        single=True,
    ),
    "aws:backup/plan:Plan": Facts(
        id="{uuid}",
        outputs={"arn": "arn:aws:backup:{region}:{account}:backup-plan:{id}", "version": "{uuid}"},
        replaces=("name", "region"),
        unique=False,
    ),
    "aws:backup/selection:Selection": Facts(id="{uuid}", replaces=("*",), unique=False),
    "aws:secretsmanager/secretRotation:SecretRotation": Facts(
        id="{secretId}", replaces=("region", "secretId"), name=""
    ),
}

"""A stranger's policy pack, written with nothing but the policy SDK."""

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

QUEUE = "aws:sqs/queue:Queue"


def keeps_messages(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != QUEUE:
        args.not_applicable("it is no queue")
    least = args.get_config()["least_seconds"]
    if args.props.get("messageRetentionSeconds", 345_600) < least:
        report(f"keep messages for {least:g} s", None)


def is_described(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == QUEUE and not args.props.get("tags"):
        where = f"{pulumi.get_project()}/{pulumi.get_stack()}"
        kind = "preview" if pulumi.runtime.is_dry_run() else "update"
        report(f"tag the queue of {where} in this {kind}", None)


def has_short_policy(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == QUEUE and len(args.props.get("policy") or "") > 200:
        report("shorten the policy", None)


def is_small(args: StackValidationArgs, report: ReportViolation) -> None:
    queues = [resource for resource in args.resources if resource.resource_type == QUEUE]
    if len(queues) > 2:
        report(f"{len(queues)} queues are too many", None)
    for queue in queues:
        if queue.parent is not None and queue.parent.resource_type != "pulumi:pulumi:Stack":
            report("a queue stands alone", queue.urn)


PolicyPack(
    "queues",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(
            name="keeps-messages",
            description="Queues keep messages",
            validate=keeps_messages,
            severity=Severity.HIGH,
            config_schema=PolicyConfigSchema({"least_seconds": {"type": "number", "default": 600}}),
        ),
        ResourceValidationPolicy(
            name="is-described",
            description="Queues are described",
            validate=is_described,
            enforcement_level=EnforcementLevel.ADVISORY,
        ),
        ResourceValidationPolicy(
            name="has-short-policy",
            description="Policies of queues are short",
            validate=has_short_policy,
            severity=Severity.LOW,
        ),
        StackValidationPolicy(
            name="is-small", description="Stacks have few queues", validate=is_small
        ),
    ],
)

"""What runs the pods of a workload to their end."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta

from components.namespace.interface import NamespaceRef
from components.workload.kubernetes_files import Delivery
from components.workload.kubernetes_labels import controller_metadata, versioned_labels
from components.workload.kubernetes_names import DIGITS
from components.workload.spec import Batch
from components.workload.workload import Workload

LATE_SECONDS: Final = 600
"""How late a run may start, after the cluster was too busy or too ill to start it."""

HISTORY: Final = 3


def create_cron_job(
    name: str,
    namespace: NamespaceRef,
    workload: Workload,
    plan: Batch,
    template: core.PodTemplateSpecArgs,
    opts: pulumi.ResourceOptions,
) -> batch.CronJob:
    """Runs again and again, never beside itself."""
    return batch.CronJob(
        name,
        metadata=controller_metadata(name, namespace.plain_name, workload),
        spec=batch.CronJobSpecArgs(
            schedule=plan.schedule or "",
            time_zone=plan.time_zone,
            concurrency_policy="Forbid",
            starting_deadline_seconds=LATE_SECONDS,
            successful_jobs_history_limit=HISTORY,
            failed_jobs_history_limit=HISTORY,
            job_template=batch.JobTemplateSpecArgs(
                metadata=meta.ObjectMetaArgs(
                    labels=versioned_labels(name, namespace.plain_name, workload)
                ),
                spec=_job(plan, template),
            ),
        ),
        opts=opts,
    )


def create_job(
    name: str,
    namespace: NamespaceRef,
    workload: Workload,
    plan: Batch,
    template: core.PodTemplateSpecArgs,
    files: Delivery,
    opts: pulumi.ResourceOptions,
) -> batch.Job:
    """Runs once; what runs is in its name, so another description is another job, which runs."""
    return batch.Job(
        name,
        metadata=controller_metadata(
            name, namespace.plain_name, workload, _once(name, workload, files)
        ),
        spec=_job(plan, template),
        opts=opts,
    )


def _job(plan: Batch, template: core.PodTemplateSpecArgs) -> batch.JobSpecArgs:
    return batch.JobSpecArgs(
        active_deadline_seconds=plan.deadline_seconds,
        backoff_limit=plan.retries,
        template=template,
    )


def _once(name: str, workload: Workload, files: Delivery) -> pulumi.Input[str]:
    plain = json.dumps(
        [
            workload.image.reference,
            workload.command,
            sorted(workload.environment.items()),
            sorted(workload.facts.items()),
            workload.resources.model_dump_json(),
            sorted((role, each.model_dump_json()) for role, each in workload.volumes.items()),
            sorted(workload.scratch_mib.items()),
            workload.stop_seconds,
            workload.batch.model_dump_json() if workload.batch else "",
            [each.model_dump_json() for each in workload.api_access],
            workload.host_access.model_dump_json() if workload.host_access else "",
        ]
    )

    def named(names: list[str]) -> str:
        text = json.dumps([plain, *names])
        return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:DIGITS]}"

    known = [each for each in files.names if isinstance(each, str)]
    if len(known) == len(files.names):
        return named(known)
    return pulumi.Output.all(*files.names).apply(lambda names: named([str(n) for n in names]))

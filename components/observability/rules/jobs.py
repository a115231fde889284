"""Jobs and cron jobs, by kube-state-metrics."""

from __future__ import annotations

from typing import Final

from components.observability.alert import Alert, Case, Severity

ALERTS: Final = (
    Alert(
        name="KubeJobFailed",
        expression=(
            'max by (cluster, namespace, job_name) (kube_job_failed{condition="true"}) > 0'
        ),
        for_minutes=15,
        severity=Severity.WARNING,
        summary="Job {{ $labels.namespace }}/{{ $labels.job_name }} failed",
        description=(
            "Job {{ $labels.namespace }}/{{ $labels.job_name }} has used up its attempts and failed."
        ),
        remedy=(
            "Read the log of its last pod. When the cause is gone, start the job again and delete "
            "the failed one: this alert fires as long as it exists."
        ),
        firing=(
            Case(
                series={
                    'kube_job_failed{namespace="shop", job_name="import-1", condition="true"}': (
                        "0x5 1x40"
                    )
                },
                after_minutes=22,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    'kube_job_failed{namespace="shop", job_name="import-1", condition="false"}': (
                        "1x40"
                    ),
                    'kube_job_failed{namespace="shop", job_name="import-1", condition="true"}': (
                        "0x40"
                    ),
                },
                after_minutes=30,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeJobNotCompleted",
        expression=(
            "time() - max by (cluster, namespace, job_name) (kube_job_status_start_time"
            " and kube_job_status_active > 0) > 12 * 3600"
        ),
        for_minutes=2,
        severity=Severity.WARNING,
        summary="Job {{ $labels.namespace }}/{{ $labels.job_name }} runs for very long",
        description=(
            "Job {{ $labels.namespace }}/{{ $labels.job_name }} has been running for "
            "{{ $value | humanizeDuration }} without an end."
        ),
        remedy=(
            "Read the log of its pod: does it move on? If it hangs, delete it, and give the job a "
            "deadline (`activeDeadlineSeconds`) so that it ends by itself."
        ),
        firing=(
            Case(
                series={
                    'kube_job_status_start_time{namespace="shop", job_name="import-1"}': "0x730",
                    'kube_job_status_active{namespace="shop", job_name="import-1"}': "1x730",
                },
                after_minutes=724,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    'kube_job_status_start_time{namespace="shop", job_name="import-1"}': "0x730",
                    'kube_job_status_active{namespace="shop", job_name="import-1"}': "1x700 0x30",
                },
                after_minutes=728,
                firing=0,
            ),
            Case(
                series={
                    'kube_job_status_start_time{namespace="shop", job_name="import-1"}': "600x730",
                    'kube_job_status_active{namespace="shop", job_name="import-1"}': "1x730",
                },
                after_minutes=728,
                firing=0,
            ),
        ),
    ),
    Alert(
        name="KubeCronJobOverdue",
        expression=(
            "time() - max by (cluster, namespace, cronjob) (kube_cronjob_next_schedule_time"
            " unless kube_cronjob_spec_suspend == 1) > 3600"
        ),
        for_minutes=2,
        severity=Severity.WARNING,
        summary="{{ $labels.namespace }}/{{ $labels.cronjob }} was not started when it was due",
        description=(
            "Cron job {{ $labels.namespace }}/{{ $labels.cronjob }} should have been started "
            "{{ $value | humanizeDuration }} ago."
        ),
        remedy=(
            "An earlier run that still runs blocks the next one when concurrency is forbidden: see "
            "KubeJobNotCompleted. Otherwise look at the events of the cron job and at its quota."
        ),
        firing=(
            Case(
                series={
                    'kube_cronjob_next_schedule_time{namespace="shop", cronjob="import"}': "600x90",
                    'kube_cronjob_spec_suspend{namespace="shop", cronjob="import"}': "0x90",
                },
                after_minutes=75,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    'kube_cronjob_next_schedule_time{namespace="shop", cronjob="import"}': "600x90",
                    'kube_cronjob_spec_suspend{namespace="shop", cronjob="import"}': "0x90",
                },
                after_minutes=69,
                firing=0,
            ),
            Case(
                series={
                    'kube_cronjob_next_schedule_time{namespace="shop", cronjob="import"}': "600x90",
                    'kube_cronjob_spec_suspend{namespace="shop", cronjob="import"}': "1x90",
                },
                after_minutes=80,
                firing=0,
            ),
        ),
    ),
)

"""The partner of every critical alert: a job that nobody answers for is an alert of its own."""

from __future__ import annotations

from components.observability.alert import Alert, Case, Severity


def gone(
    name: str,
    *,
    job: str,
    consequence: str,
    remedy: str,
    severity: Severity = Severity.CRITICAL,
    for_minutes: int = 10,
) -> Alert:
    """An alert for a scrape job of which no target answers, or which lost all its targets.

    Rules over the job's series are silent then, because there is nothing to compare; ``TargetDown``
    is silent too once service discovery finds no target at all.

    Args:
        name: Name of the alert.
        job: Value of the label ``job``.
        consequence: What nobody sees or does while it lasts, one sentence.
        remedy: First steps.
        severity: Who hears of it.
        for_minutes: How long it lasts before the alert fires.
    """
    return Alert(
        name=name,
        expression=f'absent(up{{job="{job}"}} == 1)',
        for_minutes=for_minutes,
        severity=severity,
        labels={"job": job},
        summary=f"No target of job {job} answers",
        description=(
            f"Prometheus has scraped no target of job {job} for {for_minutes} minutes: all of them "
            f"are down, or service discovery finds none. {consequence}"
        ),
        remedy=remedy,
        firing=(
            Case(
                series={
                    f'up{{job="{job}", instance="a"}}': "1x2 0x40",
                    f'up{{job="{job}", instance="b"}}': "0x42",
                },
                after_minutes=for_minutes + 5,
                firing=1,
            ),
            Case(
                series={f'up{{job="{job}", instance="a"}}': "1x2 stale"},
                after_minutes=for_minutes + 5,
                firing=1,
            ),
        ),
        silent=(
            Case(
                series={
                    f'up{{job="{job}", instance="a"}}': "0x42",
                    f'up{{job="{job}", instance="b"}}': "1x42",
                },
                after_minutes=for_minutes + 5,
                firing=0,
            ),
            Case(
                series={f'up{{job="{job}", instance="a"}}': "1x2 0x40"},
                after_minutes=for_minutes,
                firing=0,
            ),
        ),
    )

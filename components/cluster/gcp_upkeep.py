"""When Google keeps a cluster up to date, and where it says so."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.ground import GcpCloud
from components.keys.interface import GcpKeysRef
from components.keys.spec import Purpose
from components.windows import DAYS

# "Configure maintenance windows and exclusions" in the Google Cloud documentation: 48 hours in any
# 32 days, of windows of 4 hours at least; 32 days hold each weekday 4 times. Checked 2026-11-21.
SHORTEST: Final = timedelta(hours=4)
WEEKLY: Final = timedelta(hours=12)
# Any Monday in the past; a window recurs from its first day on.
MONDAY: Final = datetime(2024, 1, 1, tzinfo=UTC)
# So that a subscriber who comes late still learns of it.
KEPT_SECONDS: Final = 7 * 24 * 60 * 60


def maintenance_policy(window: str) -> gcp.container.ClusterMaintenancePolicyArgs:
    """The weekly window, on as many days before as GKE needs beside it.

    Raises:
        pulumi.RunError: the window is shorter than GKE accepts.
    """
    start, length = _span(window)
    if length < SHORTEST:
        raise pulumi.RunError(
            f"maintenance_window is {window}, which lasts {_hours(length)} hours:"
            f" GKE needs at least {_hours(SHORTEST)}, lengthen it"
        )
    days = ",".join(day[:2].upper() for day in maintenance_days(window))
    return gcp.container.ClusterMaintenancePolicyArgs(
        recurring_window=gcp.container.ClusterMaintenancePolicyRecurringWindowArgs(
            start_time=_moment(start),
            end_time=_moment(start + length),
            recurrence=f"FREQ=WEEKLY;BYDAY={days}",
        )
    )


def maintenance_days(window: str) -> list[str]:
    """The days on which the window opens: its own last, and those before that GKE needs."""
    start, length = _span(window)
    count = math.ceil(WEEKLY / length)
    return [DAYS[(start.weekday() - before) % len(DAYS)] for before in reversed(range(count))]


def create_notifications(
    parent: pulumi.Resource, name: str, cloud: GcpCloud, keys: GcpKeysRef
) -> tuple[gcp.pubsub.Topic, gcp.pubsub.TopicIAMMember]:
    """A topic of upgrades and security bulletins, and Google's permission to write to it."""
    child = pulumi.ResourceOptions(parent=parent)
    topic = gcp.pubsub.Topic(
        f"{name}-notifications",
        kms_key_name=keys.ids[Purpose.LOGS],
        message_retention_duration=f"{KEPT_SECONDS}s",
        message_storage_policy=gcp.pubsub.TopicMessageStoragePolicyArgs(
            allowed_persistence_regions=[cloud.region]
        ),
        opts=child,
    )
    agent = f"service-{cloud.project_number}@container-engine-robot.iam.gserviceaccount.com"
    permission = gcp.pubsub.TopicIAMMember(
        f"{name}-notifications",
        topic=topic.name,
        role="roles/pubsub.publisher",
        member=f"serviceAccount:{agent}",
        opts=child,
    )
    return topic, permission


def _span(window: str) -> tuple[datetime, timedelta]:
    start, end = (_next(moment) for moment in window.split("-"))
    return start, (end - start) % timedelta(days=len(DAYS))


def _next(moment: str) -> datetime:
    day, hours, minutes = moment.split(":")
    return MONDAY + timedelta(days=DAYS.index(day), hours=int(hours), minutes=int(minutes))


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):g}"

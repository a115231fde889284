"""Names of the metrics that each product exposes: dated lists, one file per product and version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

_LISTS: Final = Path(__file__).parent

EVERY_JOB: Final = frozenset(
    {
        "up",
        "scrape_duration_seconds",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
        "scrape_timeout_seconds",
        "scrape_sample_limit",
        "scrape_body_size_bytes",
    }
)
"""What Prometheus writes for every target; the last three with extra scrape metrics alone."""

OWN_SERIES: Final = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
"""What Prometheus writes of its alerting rules, without a job."""


@dataclass(frozen=True)
class MetricList:
    """What one version of a product exposes.

    Attributes:
        product: Name of the product.
        version: The version that was looked at.
        checked: When.
        source: Where the names are from: its metrics endpoint, its source, its documentation.
        names: The series; a histogram is listed as ``_bucket``, ``_sum`` and ``_count``.
    """

    product: str
    version: str
    checked: date
    source: str
    names: frozenset[str]


def keys() -> tuple[str, ...]:
    """The keys of all lists, sorted."""
    return tuple(sorted(path.stem for path in _LISTS.glob("*.txt")))


@cache
def metric_list(key: str) -> MetricList:
    """The list ``key``.

    Raises:
        ValueError: there is no such list.
    """
    if key not in keys():
        raise ValueError(
            f"there is no list of metric names {key!r}: take one of {', '.join(keys())}, or name"
            " the metrics themselves in extra_metrics"
        )
    head, *names = (_LISTS / f"{key}.txt").read_text(encoding="utf-8").splitlines()
    product, version, checked, source = head.removeprefix("# ").split(" ")
    return MetricList(product, version, date.fromisoformat(checked), source, frozenset(names))


def known_metrics(*keys: str) -> frozenset[str]:
    """Every name of the lists ``keys``.

    Raises:
        ValueError: there is no such list.
    """
    return frozenset(name for key in keys for name in metric_list(key).names)

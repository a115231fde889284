"""Every alert leads to a heading of the page of runbooks."""

from __future__ import annotations

import pytest

from components.observability.loki.settings import RUNBOOK
from components.observability.rules.catalogue import ALERTS
from components.observability.slo import Slo
from components.observability.slo_rules import slo_groups
from tests.docs.text import read
from tests.stacks.blueprints import whole_settings
from tests.stacks.files import STACKS

PAGE = "docs/runbooks.md"


def headings() -> set[str]:
    return {
        line.removeprefix("## ").lower() for line in read(PAGE).splitlines() if line[:3] == "## "
    }


def test_every_alert_of_the_catalogue_has_a_heading() -> None:
    assert {alert.anchor for alert in ALERTS} <= headings()


@pytest.mark.parametrize("stack", STACKS)
def test_every_alert_of_an_objective_has_a_heading(stack: str) -> None:
    observability = whole_settings(stack).observability
    assert observability is not None
    anchors = {
        alert.anchor
        for name, spec in observability.slos.items()
        for group in slo_groups(Slo(name=name, spec=spec))
        for alert in group.alerts
    }

    assert anchors <= headings()


def test_alerts_on_logs_have_a_heading() -> None:
    assert RUNBOOK in headings()

"""What keys may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.environment import Environment
from components.keys import KeysSpec


def refusal(environment: Environment, **asked: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        KeysSpec.resolve(environment, asked)
    return str(caught.value)


@pytest.mark.parametrize(
    ("environment", "days"),
    [(Environment.DEV, 7), (Environment.STAGING, 14), (Environment.PROD, 30)],
)
def test_a_lost_key_can_be_called_back_for_no_less_than_its_environment_asks(
    environment: Environment, days: int
) -> None:
    assert KeysSpec.resolve(environment, {}).deletion_window_days == days
    assert "deletion_window_days" in refusal(environment, deletion_window_days=days - 1)


def test_the_refusal_says_what_the_environment_needs() -> None:
    message = refusal(Environment.PROD, deletion_window_days=14)

    assert "deletion_window_days is 14, prod needs at least 30: raise it" in message


@pytest.mark.parametrize("days", [89, 366])
def test_rotation_more_often_than_quarterly_or_less_than_yearly_is_refused(days: int) -> None:
    assert "rotation_days" in refusal(Environment.PROD, rotation_days=days)


def test_only_in_dev_keys_can_be_deleted() -> None:
    found = {each: KeysSpec.resolve(each, {}).protected for each in Environment}

    assert found == {Environment.DEV: False, Environment.STAGING: True, Environment.PROD: True}

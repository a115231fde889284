from __future__ import annotations

import pytest

from rehearsal.errors import StateError
from rehearsal.secrets import Passphrase


@pytest.fixture(scope="module")
def secrets() -> Passphrase:
    return Passphrase.create("correct horse")


def test_a_secret_comes_back_and_its_ciphertext_shows_nothing_of_it(secrets: Passphrase) -> None:
    sealed = secrets.encrypt('"battery staple"')

    assert "battery" not in sealed
    assert secrets.decrypt(sealed) == '"battery staple"'


def test_an_unchanged_secret_keeps_its_ciphertext(secrets: Passphrase) -> None:
    reopened = Passphrase.open("correct horse", secrets.state)
    sealed = secrets.encrypt('"once"')
    reopened.decrypt(sealed)

    assert reopened.encrypt('"once"') == sealed


def test_the_state_opens_with_its_passphrase_only(secrets: Passphrase) -> None:
    with pytest.raises(StateError, match="PULUMI_CONFIG_PASSPHRASE"):
        Passphrase.open("wrong horse", secrets.state)


def test_a_state_without_a_readable_salt_is_refused() -> None:
    with pytest.raises(StateError, match="salt"):
        Passphrase.open("correct horse", {"salt": "v9:x"})


def test_a_salt_written_by_the_pulumi_cli_opens() -> None:
    # Written by Pulumi CLI 3.260.0 for the passphrase "x".
    salt = "v1:aBcZU0HqBgI=:v1:o7XUJfWf1ult0FKg:m/zZrQ5Wz4unVv8ntAADw4NLQ9TCrw=="

    assert Passphrase.open("x", {"salt": salt}).state == {"salt": salt}


def test_bytes_come_back_and_are_sealed_differently_each_time(secrets: Passphrase) -> None:
    first, second = secrets.cipher.encrypt(b"payload"), secrets.cipher.encrypt(b"payload")

    assert first != second
    assert b"payload" not in first
    assert secrets.cipher.decrypt(first) == b"payload"

"""Which resources beside a resource are found."""

from __future__ import annotations

import pytest

from policies.companions import Companions, companions, declared
from policies.examples import example
from policies.subject import Resource, Stack
from policies.view import UNKNOWN_STRING, Truth

BUCKET = "aws:s3/bucket:Bucket"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
VAULT = "aws:backup/vault:Vault"
VAULT_LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"


def of(resource: Resource, *others: Resource) -> list[Truth]:
    index = Companions(Stack([resource, *others]), SECRET_ROTATION, "secretId", SECRET)
    return [named for _, named in index.of(resource)]


def companion(value: object, *made_from: Resource) -> Resource:
    return example(
        SECRET_ROTATION, "r", {"secretId": value}, made_from={"secretId": list(made_from)}
    )


def test_companions_are_found_by_id_name_and_origin() -> None:
    known = example(SECRET, "orders", {"id": "id-1", "name": "name-1"})
    new = example(SECRET, "orders", {"id": UNKNOWN_STRING, "name": UNKNOWN_STRING})
    unseen = example(SECRET, "orders", {})
    other = example(SECRET, "users", {"id": UNKNOWN_STRING})

    assert of(known, companion("id-1")) == [Truth.YES]
    assert of(known, companion("name-1")) == [Truth.YES]
    assert of(known, companion("id-2", known)) == []
    assert of(known, companion(UNKNOWN_STRING, known)) == [Truth.YES]
    assert of(new, companion("id-1")) == []
    assert of(new, companion("id-1", new)) == [Truth.YES]
    assert of(new, companion(UNKNOWN_STRING, new)) == [Truth.YES]
    assert of(new, companion(UNKNOWN_STRING, other), other) == []
    assert of(new, companion(UNKNOWN_STRING)) == [Truth.UNKNOWN]
    assert of(new, companion(17, new)) == [Truth.YES]
    assert of(new, companion(None, new)) == []
    assert of(unseen, companion("id-1")) == [Truth.UNKNOWN]
    assert of(unseen, companion("")) == []


@pytest.mark.parametrize("odd", [[], {}, 17, True])
def test_nothing_odd_is_a_name(odd: object) -> None:
    target = example(SECRET, "orders", {"id": odd, "name": odd})

    assert of(target, companion("id-1")) == []


def test_a_companion_is_counted_once() -> None:
    known = example(SECRET, "orders", {"id": "same", "name": "same"})

    assert of(known, companion("same", known)) == [Truth.YES]


def test_an_index_of_companions_is_made_once_for_a_stack_and_place() -> None:
    stack = Stack([example(SECRET, "orders")])

    index = companions(stack, SECRET_ROTATION, "secretId", SECRET)
    assert companions(stack, SECRET_ROTATION, "secretId", SECRET) is index
    assert companions(stack, VAULT_LOCK, "backupVaultName", VAULT) is not index
    assert companions(Stack([]), SECRET_ROTATION, "secretId", SECRET) is not index


def test_a_property_that_was_made_from_something_was_declared() -> None:
    source = example(VAULT, "x")
    filled_in = example(BUCKET, "x", {"logging": UNKNOWN_STRING})
    made = example(BUCKET, "x", {"logging": UNKNOWN_STRING}, made_from={"logging": [source]})

    assert not declared(filled_in, "logging", "targetBucket").is_present
    assert declared(made, "logging", "targetBucket").is_present
    assert declared(example(BUCKET, "x", {"logging": {"targetBucket": "y"}}), "logging").is_known

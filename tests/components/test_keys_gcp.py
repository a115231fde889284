"""Cloud KMS keys: one per purpose, rotating, and used by the services they are for alone."""

from __future__ import annotations

from functools import cache

import pulumi_gcp as gcp
import pytest

from components.environment import Environment
from components.keys import GcpKeysRef, Purpose
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants import PROJECT_NUMBER, keys_outputs
from tests.components.variants_keys import GCP_RECOVERY, gcp_keys

KEY = "gcp:kms/cryptoKey:CryptoKey"
RING = "gcp:kms/keyRing:KeyRing"
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity"


@cache
def keys(
    environment: Environment = Environment.PROD,
    recovery_region: str | None = GCP_RECOVERY,
    *,
    preview: bool = False,
) -> Recording:
    return record(lambda: keys_outputs(gcp_keys(environment, recovery_region)), preview=preview)


def name_of(urns: tuple[str, ...]) -> str:
    (urn,) = urns
    return urn.rpartition("::")[2]


def grants(recording: Recording) -> dict[str, set[str]]:
    """The accounts that use each key."""
    found: dict[str, set[str]] = {}
    for each in recording.of(GRANT):
        key = name_of(each.property_dependencies["cryptoKeyId"])
        found.setdefault(key, set()).add(each.inputs["member"])
    return found


def agent(domain: str) -> str:
    return f"serviceAccount:service-{PROJECT_NUMBER}@{domain}.iam.gserviceaccount.com"


def test_every_purpose_has_a_key_that_rotates_every_quarter() -> None:
    found = {each.name: each.inputs for each in keys().of(KEY)}

    assert set(found) == {f"keys-{purpose}" for purpose in Purpose}
    assert {each["rotationPeriod"] for each in found.values()} == {"7776000s"}


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        (Environment.DEV, "604800s"),
        (Environment.STAGING, "1209600s"),
        (Environment.PROD, "2592000s"),
    ],
)
def test_a_lost_key_can_be_called_back_for_longer_the_more_depends_on_it(
    environment: Environment, seconds: str
) -> None:
    found = keys(environment).of(KEY)

    assert {each.inputs["destroyScheduledDuration"] for each in found} == {seconds}


@pytest.mark.parametrize("environment", list(Environment))
def test_outside_dev_google_refuses_to_destroy_a_key_too(environment: Environment) -> None:
    wanted = "DELETE" if environment is Environment.DEV else "PREVENT"

    assert {each.inputs["deletionPolicy"] for each in keys(environment).of(KEY)} == {wanted}


def test_keys_are_in_the_region_and_those_for_backups_in_the_other() -> None:
    rings = {each.name: each.inputs["location"] for each in keys().of(RING)}
    placed = {
        each.name: rings[name_of(each.property_dependencies["keyRing"])] for each in keys().of(KEY)
    }

    assert placed.pop("keys-backup") == GCP_RECOVERY
    assert set(placed.values()) == {"europe-west1"}


def test_without_a_second_region_there_is_no_key_for_backups() -> None:
    recording = keys(recovery_region=None)

    assert len(recording.of(RING)) == 1
    assert Purpose.BACKUP not in recording.outputs
    assert "keys-backup" not in {each.name for each in recording.of(KEY)}


def test_each_key_is_used_by_the_services_that_encrypt_for_its_purpose_alone() -> None:
    assert grants(keys()) == {
        "keys-backup": {agent("gcp-sa-cloud-sql"), agent("gs-project-accounts")},
        "keys-cluster": {agent("container-engine-robot")},
        "keys-data": {agent("gcp-sa-cloud-sql"), agent("gcp-sa-memorystore")},
        "keys-logs": {
            agent("gcp-sa-logging"),
            agent("gcp-sa-pubsub"),
            agent("gs-project-accounts"),
        },
        "keys-objects": {agent("gs-project-accounts")},
        "keys-registry": {agent("gcp-sa-artifactregistry")},
        "keys-secrets": {agent("gcp-sa-secretmanager")},
        "keys-volumes": {agent("compute-system")},
    }


def test_a_service_may_encrypt_and_decrypt_and_no_more() -> None:
    assert {each.inputs["role"] for each in keys().of(GRANT)} == {
        "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    }


def identities(grant: Registration) -> set[str]:
    return {urn.rpartition("::")[2] for urn in grant.depends_on if IDENTITY in urn}


def test_an_agent_that_google_makes_on_request_is_there_before_its_grant() -> None:
    waiting = {each.name: identities(each) for each in keys().of(GRANT)}

    assert waiting["keys-data-gcp-sa-cloud-sql"] == {"keys-agent-gcp-sa-cloud-sql"}
    assert waiting["keys-objects-gs-project-accounts"] == set()


def services(recording: Recording) -> set[str]:
    return {each.inputs["service"] for each in recording.of(IDENTITY)}


def test_the_agent_that_copies_buckets_is_asked_for_where_there_are_copies() -> None:
    copier = "storagetransfer.googleapis.com"

    assert services(keys()) - services(keys(recovery_region=None)) == {copier}


def test_names_are_left_to_chance_because_google_never_gives_one_away_twice() -> None:
    named = [each for each in (*keys().of(RING), *keys().of(KEY)) if "name" in each.inputs]

    assert named == []


@pytest.mark.parametrize(
    ("purpose", "awaited"),
    [
        (Purpose.OBJECTS, {"keys-objects-gs-project-accounts"}),
        (Purpose.BACKUP, {"keys-backup-gs-project-accounts", "keys-agent-storage-transfer"}),
    ],
)
def test_whoever_uses_a_key_waits_until_the_services_may_use_it(
    purpose: Purpose, awaited: set[str]
) -> None:
    def program() -> None:
        ref = gcp_keys(Environment.PROD).ref
        assert isinstance(ref, GcpKeysRef)
        key = gcp.storage.BucketEncryptionArgs(default_kms_key_name=ref.ids[purpose])
        gcp.storage.Bucket("files", location="EU", encryption=key)

    bucket = record(program, preview=True).named("files")
    waited = {urn.rpartition("::")[2] for urn in bucket.property_dependencies["encryption"]}

    assert awaited <= waited

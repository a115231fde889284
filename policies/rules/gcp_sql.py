"""Google Cloud relational databases: who reaches them, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from policies.addresses import covers_every_address
from policies.controls import cis_gcp
from policies.expected import expects, one_of
from policies.rule import Check, Demand, Rule, Setting, Severity
from policies.subject import Subject
from policies.themes import Theme
from policies.view import (
    UNKNOWN_ARRAY,
    UNKNOWN_BOOLEAN,
    UNKNOWN_STRING,
    Truth,
    View,
    some,
    truth,
)

_INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_NETWORK: Final = "projects/example/global/networks/core"
_DOCS: Final = "https://cloud.google.com/sql/docs/postgres"


def _private(instance: Subject) -> Iterator[Demand]:
    addresses = instance.at("settings", "ipConfiguration")
    public = addresses.at("ipv4Enabled", absent=True)
    yield Demand(~public.is_true(), public, "gives the database a public address")
    network = addresses.at("privateNetwork")
    by_endpoint = some(
        each.at("pscEnabled").is_true() for each in addresses.at("pscConfigs").elements()
    )
    yield Demand(network.is_given() | by_endpoint, network, "has no private way to the database")


def _named(instance: Subject) -> Iterator[Demand]:
    networks = instance.at("settings", "ipConfiguration", "authorizedNetworks")
    world = covers_every_address(each.at("value") for each in networks.elements())
    yield Demand(~world, networks, "lets every address in")


def _by_iam(instance: Subject) -> Iterator[Demand]:
    version = instance.at("databaseVersion")
    flags = instance.at("settings", "databaseFlags")
    for engine, name in (
        ("POSTGRES", "cloudsql.iam_authentication"),
        ("MYSQL", "cloudsql_iam_authentication"),
    ):
        meant = version.matches(lambda text, engine=engine: text.startswith(engine))
        yield Demand(~meant | _is_on(flags, name), flags, "knows passwords only")


def _is_on(flags: View, name: str) -> Truth:
    return some(
        each.at("name").is_one_of(name) & each.at("value").is_one_of("on")
        for each in flags.elements()
    )


def _addresses(**settings: Any) -> dict[str, Any]:
    return {"settings": {"ipConfiguration": settings}}


def _flags(version: str, name: str, value: str) -> dict[str, Any]:
    flag = {"name": name, "value": value}
    return {"databaseVersion": version, "settings": {"databaseFlags": [flag]}}


_IAM_FLAG: Final = "cloudsql.iam_authentication"

PRIVATE: Final = Rule(
    id="gcp-sql-private",
    title="Databases have no public address",
    reason="A public address leaves a list of networks between the data and everybody.",
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("6.7",), v4=("6.6",)),
    fix="Set ip_configuration with ipv4_enabled=False and private_network, or a private endpoint.",
    source=f"{_DOCS}/private-ip",
    checks=(
        Check(
            type=_INSTANCE,
            demand="There is no public address, and a private network or endpoint.",
            reads=(
                "settings.ipConfiguration.ipv4Enabled",
                "settings.ipConfiguration.privateNetwork",
                "settings.ipConfiguration.pscConfigs.pscEnabled",
            ),
            absent=(
                "ipv4Enabled left out is on and violates. privateNetwork left out violates, unless "
                "pscEnabled is on, which left out is off."
            ),
            judge=_private,
            good={
                "private": _addresses(ipv4Enabled=False, privateNetwork=_NETWORK),
                "network not known yet": _addresses(
                    ipv4Enabled=False, privateNetwork=UNKNOWN_STRING
                ),
                "by a private endpoint": _addresses(
                    ipv4Enabled=False, pscConfigs=[{"pscEnabled": True}]
                ),
            },
            bad={
                "public": _addresses(ipv4Enabled=True, privateNetwork=_NETWORK),
                "address left out": _addresses(privateNetwork=_NETWORK),
                "network left out": _addresses(ipv4Enabled=False),
                "endpoint left out": _addresses(ipv4Enabled=False, pscConfigs=[{}]),
                "left out": {},
            },
            undecided={
                "not known": _addresses(ipv4Enabled=UNKNOWN_BOOLEAN, privateNetwork=_NETWORK),
                "endpoint not known": _addresses(
                    ipv4Enabled=False, pscConfigs=[{"pscEnabled": UNKNOWN_BOOLEAN}]
                ),
            },
        ),
    ),
)

NO_OPEN_NETWORKS: Final = Rule(
    id="gcp-sql-no-open-networks",
    title="No database lets every address in",
    reason="A list with every address in it is none: one guessed password is enough.",
    severity=Severity.CRITICAL,
    theme=Theme.EXPOSURE,
    controls=cis_gcp(v5=("6.5",), v4=("6.5",)),
    fix="Name the addresses of the clients in authorized_networks, or better none at all.",
    source=f"{_DOCS}/authorize-networks",
    checks=(
        Check(
            type=_INSTANCE,
            demand="The authorised networks are not every address.",
            reads=("settings.ipConfiguration.authorizedNetworks.value",),
            absent="No authorised networks let nobody in and satisfy.",
            judge=_named,
            good={
                "one range": _addresses(authorizedNetworks=[{"value": "198.51.100.0/24"}]),
                "value left out": _addresses(authorizedNetworks=[{"name": "office"}]),
                "left out": {},
            },
            bad={
                "every address": _addresses(authorizedNetworks=[{"value": "0.0.0.0/0"}]),
                "every address in two halves": _addresses(
                    authorizedNetworks=[{"value": "0.0.0.0/1"}, {"value": "128.0.0.0/1"}]
                ),
            },
            undecided={
                "one not known": _addresses(authorizedNetworks=[{"value": UNKNOWN_STRING}]),
                "networks not known": _addresses(authorizedNetworks=UNKNOWN_ARRAY),
            },
        ),
    ),
)

TLS: Final = Rule(
    id="gcp-sql-tls",
    title="Databases let nobody in without TLS",
    reason="A client that falls back to clear text sends its password and every row in clear.",
    severity=Severity.HIGH,
    theme=Theme.TRANSIT,
    controls=cis_gcp(v5=("6.4",), v4=("6.4",)),
    fix='Set ip_configuration.ssl_mode="ENCRYPTED_ONLY".',
    source=f"{_DOCS}/configure-ssl-instance",
    checks=(
        expects(
            _INSTANCE,
            "Clients must use TLS.",
            one_of(
                "settings.ipConfiguration.sslMode",
                "lets clients in without TLS",
                "ENCRYPTED_ONLY",
                "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
                bad=("ALLOW_UNENCRYPTED_AND_ENCRYPTED",),
                left_out="ALLOW_UNENCRYPTED_AND_ENCRYPTED",
            ),
        ),
    ),
)


def _by_own_key(instance: Subject) -> Iterator[Demand]:
    # A replica is encrypted if what it copies is.
    if instance.configured["own_key_required"] and not instance.at("masterInstanceName").is_present:
        key = instance.at("encryptionKeyName")
        named = key.is_given() & truth(key.raw != "")
        yield Demand(named, key, "leaves the data to keys of Google")


CMEK: Final = Rule(
    id="gcp-sql-cmek",
    title="Databases are encrypted with a key of their owner",
    reason=(
        "Who owns the key sees each use of it, and can end all of them at once; a key of Google "
        "offers neither."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.ENCRYPTION,
    controls=(),
    fix="Set encryption_key_name to a key of Cloud KMS in the region; a change replaces the database.",
    source=f"{_DOCS}/cmek",
    settings=(
        Setting(
            name="own_key_required",
            description="Whether data encrypted with keys of Google counts as a violation.",
            default=True,
        ),
    ),
    checks=(
        Check(
            type=_INSTANCE,
            demand="A database that is no replica names a key.",
            reads=("encryptionKeyName", "masterInstanceName"),
            absent=(
                "encryptionKeyName left out is a key of Google and violates. masterInstanceName "
                "left out is no replica; a replica is encrypted as what it copies."
            ),
            judge=_by_own_key,
            good={
                "a key": {
                    "encryptionKeyName": (
                        "projects/example/locations/europe-west1/keyRings/core/cryptoKeys/data"
                    )
                },
                "a key that is not known yet": {"encryptionKeyName": UNKNOWN_STRING},
                "a replica": {"masterInstanceName": "orders"},
                "a replica of what is not known yet": {"masterInstanceName": UNKNOWN_STRING},
            },
            bad={"left out": {}, "empty": {"encryptionKeyName": ""}},
            undecided={},
        ),
    ),
)

IAM_AUTH: Final = Rule(
    id="gcp-sql-iam-auth",
    title="Databases sign users in with IAM",
    reason="A credential that lives for minutes need not be kept, shared or rotated.",
    severity=Severity.MEDIUM,
    theme=Theme.PRIVILEGE,
    controls=cis_gcp(v5=("6.6",)),
    fix=(
        "Add the database flag cloudsql.iam_authentication (cloudsql_iam_authentication for MySQL) "
        'with the value "on".'
    ),
    source=f"{_DOCS}/iam-authentication",
    checks=(
        Check(
            type=_INSTANCE,
            demand="Sign-in with IAM is on, where the engine can.",
            reads=(
                "databaseVersion",
                "settings.databaseFlags.name",
                "settings.databaseFlags.value",
            ),
            absent=(
                "A flag left out is off and violates for PostgreSQL and MySQL. databaseVersion "
                "left out is neither and satisfies."
            ),
            judge=_by_iam,
            good={
                "PostgreSQL": _flags("POSTGRES_17", _IAM_FLAG, "on"),
                "MySQL": _flags("MYSQL_8_4", "cloudsql_iam_authentication", "on"),
                "SQL Server": {"databaseVersion": "SQLSERVER_2022_STANDARD"},
                "left out": {},
            },
            bad={
                "PostgreSQL, no flags": {"databaseVersion": "POSTGRES_17"},
                "PostgreSQL, the flag of MySQL": _flags(
                    "POSTGRES_17", "cloudsql_iam_authentication", "on"
                ),
                "off": _flags("POSTGRES_17", _IAM_FLAG, "off"),
                "no value": {
                    "databaseVersion": "POSTGRES_17",
                    "settings": {"databaseFlags": [{"name": _IAM_FLAG}]},
                },
                "no name": {
                    "databaseVersion": "MYSQL_8_4",
                    "settings": {"databaseFlags": [{"value": "on"}]},
                },
            },
            undecided={
                "engine not known": {"databaseVersion": UNKNOWN_STRING},
                "flags not known": {
                    "databaseVersion": "POSTGRES_17",
                    "settings": {"databaseFlags": UNKNOWN_ARRAY},
                },
                "name not known": _flags("POSTGRES_17", UNKNOWN_STRING, "on"),
                "value not known": _flags("POSTGRES_17", _IAM_FLAG, UNKNOWN_STRING),
            },
        ),
    ),
)

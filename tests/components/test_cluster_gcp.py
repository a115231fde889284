"""GKE: private, hardened, with one way in, and as little power as its nodes need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.cluster import MachineSize, create_cluster
from components.cluster.gcp_machines import MACHINE_TYPES
from components.cluster.gcp_names import (
    administrator_role_id,
    cluster_name,
    log_bucket_id,
    node_account_id,
)
from components.cluster.gcp_provisioning import CPUS
from components.cluster.gcp_upkeep import maintenance_days
from components.environment import Environment
from components.windows import DAYS
from rehearsal.plugin import Recording, Registration, record
from tests.components.variants import (
    GCP_ZONES,
    PROJECT,
    PROJECT_NUMBER,
    adopted_gcp_keys,
    adopted_gcp_network,
    gcp_cloud,
)
from tests.components.variants_cluster import cluster_outputs, cluster_spec, gcp_cluster

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
ACCOUNT = "gcp:serviceaccount/account:Account"
MEMBER = "gcp:projects/iAMMember:IAMMember"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
SINK = "gcp:logging/projectSink:ProjectSink"
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
TOPIC = "gcp:pubsub/topic:Topic"
KUBERNETES = "pulumi:providers:kubernetes"
RING = f"projects/{PROJECT}/locations/europe-west1/keyRings/adopted/cryptoKeys"
OFFICE = {"office": "203.0.113.0/24"}


def recorded(environment: Environment = Environment.PROD, **asked: Any) -> Recording:
    def program() -> Mapping[str, Any]:
        built = gcp_cluster(environment, **asked)
        return {
            **cluster_outputs(built),
            "firewall": built.ref.nodes_firewall_id is None,
            "unhonoured": list(built.unhonoured),
        }

    return record(program)


@cache
def production() -> Recording:
    return recorded()


@cache
def reached_from_outside() -> Recording:
    return recorded(Environment.STAGING, api_clients=OFFICE)


def cluster(environment: Environment = Environment.PROD, **asked: Any) -> dict[str, Any]:
    found = (
        recorded(environment, **asked)
        if asked or environment is not Environment.PROD
        else production()
    )
    return dict(found.only(CLUSTER).inputs)


def pool(**asked: Any) -> dict[str, Any]:
    pools = {"general": {}, "special": asked}
    return dict(recorded(pools=pools).named("core-special", POOL).inputs)


def node(**asked: Any) -> dict[str, Any]:
    return dict(pool(**asked)["nodeConfig"])


def own(recording: Recording) -> list[Registration]:
    return [each for each in recording.resources if each.type != "pulumi:providers:gcp"]


def sentence(recording: Recording, field: str) -> str:
    (found,) = [each for each in recording.outputs["unhonoured"] if each.startswith(f"{field}:")]
    return str(found)


def test_it_is_one_cluster_over_all_zones_of_the_ground() -> None:
    assert cluster()["location"] == "europe-west1"
    assert cluster()["nodeLocations"] == list(GCP_ZONES)
    assert cluster()["network"].endswith("/networks/adopted")
    assert cluster()["subnetwork"].endswith("/subnetworks/adopted-private")
    assert cluster()["networkingMode"] == "VPC_NATIVE"
    assert cluster()["defaultMaxPodsPerNode"] == 110
    assert cluster()["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }


def test_nodes_have_private_addresses_alone() -> None:
    assert cluster()["privateClusterConfig"] == {
        "enablePrivateNodes": True,
        "enablePrivateEndpoint": True,
    }
    assert pool()["networkConfig"] == {"enablePrivateNodes": True}


def test_without_clients_outside_only_the_network_reaches_the_api() -> None:
    found = cluster()

    assert found["controlPlaneEndpointsConfig"]["ipEndpointsConfig"] == {"enabled": True}
    assert (
        found["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["allowExternalTraffic"] is False
    )
    assert found["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [{"cidrBlock": "10.20.0.0/16", "displayName": "network"}],
        "gcpPublicCidrsAccessEnabled": False,
        "privateEndpointEnforcementEnabled": True,
    }


def test_pods_reach_the_api_from_a_range_of_their_own_too() -> None:
    def program() -> None:
        cloud = gcp_cloud(Environment.PROD)
        network = replace(adopted_gcp_network(cloud), pods_cidr="100.64.0.0/16")
        spec = cluster_spec(Environment.PROD)
        create_cluster(network, "core", spec, keys=adopted_gcp_keys(cloud))

    found = record(program).only(CLUSTER).inputs["masterAuthorizedNetworksConfig"]

    assert [each["cidrBlock"] for each in found["cidrBlocks"]] == ["10.20.0.0/16", "100.64.0.0/16"]


def test_clients_outside_reach_the_public_address_from_their_own_ranges_alone() -> None:
    found = reached_from_outside().only(CLUSTER).inputs
    networks = found["masterAuthorizedNetworksConfig"]

    assert found["privateClusterConfig"]["enablePrivateEndpoint"] is False
    assert networks["cidrBlocks"] == [
        {"cidrBlock": "10.20.0.0/16", "displayName": "network"},
        *({"cidrBlock": cidr, "displayName": name} for name, cidr in OFFICE.items()),
    ]
    assert networks["gcpPublicCidrsAccessEnabled"] is False


def test_the_dns_endpoint_is_never_open_to_the_internet() -> None:
    for recording in (production(), reached_from_outside()):
        endpoints = recording.only(CLUSTER).inputs["controlPlaneEndpointsConfig"]

        assert endpoints["dnsEndpointConfig"]["allowExternalTraffic"] is False
        assert endpoints["ipEndpointsConfig"] == {"enabled": True}


def kubeconfig(recording: Recording) -> dict[str, Any]:
    return dict(json.loads(recording.outputs["kubeconfig"]))


def test_the_kubeconfig_names_who_proves_who_one_is_and_holds_no_credential() -> None:
    found = kubeconfig(production())
    (user,) = found["users"]

    assert user["user"].keys() == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert user["user"]["exec"]["args"] == ["--use_application_default_credentials"]
    assert found["current-context"] == production().outputs["cluster_name"]
    assert production().secrets == {"kubeconfig"}


def test_the_kubeconfig_knows_the_certificate_of_the_address_it_names() -> None:
    (inside,) = kubeconfig(production())["clusters"]
    (outside,) = kubeconfig(reached_from_outside())["clusters"]

    for each in (inside, outside):
        assert each["cluster"].keys() == {"server", "certificate-authority-data"}
    assert inside["cluster"]["server"] == production().outputs["endpoint"]
    assert outside["cluster"]["server"] == reached_from_outside().outputs["endpoint"]
    assert inside["cluster"]["server"] != outside["cluster"]["server"]


def test_workloads_wait_for_nodes_and_for_permission_to_be_created() -> None:
    recording = production()
    provider = recording.only(KUBERNETES)

    assert {recording.only(POOL).urn, *(each.urn for each in administrators())} <= set(
        provider.depends_on
    )
    assert "kubeconfig" in provider.secret_inputs
    assert provider.inputs["clusterIdentifier"].endswith(".gke.goog")


def test_workloads_of_a_cluster_that_does_not_answer_are_not_given_up() -> None:
    found = production().only(KUBERNETES).inputs

    assert (found["deleteUnreachable"], found["skipUpdateUnreachable"]) == ("false", "false")
    assert found["enableServerSideApply"] == "true"


def administrators() -> list[Registration]:
    return [each for each in production().of(MEMBER) if "-administrator-" in each.name]


def test_administrators_may_do_everything_inside_this_cluster_alone() -> None:
    granted = administrators()
    role = production().only(ROLE)

    assert {each.inputs["role"] for each in granted} == {
        "roles/container.developer",
        f"projects/{PROJECT}/roles/{role.inputs['roleId']}",
    }
    for each in granted:
        assert each.inputs["member"] == (
            f"serviceAccount:platform-admins@{PROJECT}.iam.gserviceaccount.com"
        )
        assert each.inputs["condition"]["expression"] == (
            f'resource.name == "projects/{PROJECT}/locations/europe-west1'
            f'/clusters/{cluster()["name"]}"'
        )
        assert role.urn in each.depends_on


def test_administrators_grant_inside_the_cluster_and_never_change_or_delete_it() -> None:
    permissions = set(production().only(ROLE).inputs["permissions"])

    assert {"container.clusterRoles.bind", "container.clusterRoleBindings.create"} <= permissions
    assert {each for each in permissions if each.startswith("container.clusters.")} == {
        "container.clusters.connect",
        "container.clusters.get",
    }


def test_nodes_have_an_account_of_their_own_that_writes_telemetry_and_reads_images() -> None:
    recording = production()
    account = recording.only(ACCOUNT)
    granted = [each for each in recording.of(MEMBER) if each.name.startswith("core-nodes-")]

    assert {each.inputs["role"] for each in granted} == {
        "roles/artifactregistry.reader",
        "roles/container.defaultNodeServiceAccount",
    }
    assert all(each.property_dependencies["member"] == (account.urn,) for each in granted)
    assert account.urn in recording.only(POOL).property_dependencies["nodeConfig"]
    for waiting in (recording.only(CLUSTER), recording.only(POOL)):
        assert {each.urn for each in granted} <= set(waiting.depends_on)


def test_pods_are_known_by_workload_identity_and_see_no_metadata_of_the_node() -> None:
    assert cluster()["workloadIdentityConfig"] == {"workloadPool": f"{PROJECT}.svc.id.goog"}
    assert node()["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert node()["metadata"] == {"disable-legacy-endpoints": "true"}
    # What the account of the nodes may do is for its roles to say.
    assert node()["oauthScopes"] == ["https://www.googleapis.com/auth/cloud-platform"]


def test_secrets_disks_logs_and_notices_are_each_under_the_key_of_their_purpose() -> None:
    recording = production()

    assert cluster()["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": f"{RING}/cluster"}
    assert node()["bootDiskKmsKey"] == f"{RING}/volumes"
    assert recording.only(LOG_BUCKET).inputs["cmekSettings"] == {"kmsKeyName": f"{RING}/logs"}
    assert recording.only(TOPIC).inputs["kmsKeyName"] == f"{RING}/logs"


def test_nodes_start_only_what_is_signed_and_answer_nobody_without_a_name() -> None:
    shielded = {"enableIntegrityMonitoring": True, "enableSecureBoot": True}
    closed = {"insecureKubeletReadonlyPortEnabled": "FALSE"}

    assert cluster()["enableShieldedNodes"] is True
    assert node()["shieldedInstanceConfig"] == shielded
    assert node()["imageType"] == "COS_CONTAINERD"
    assert node()["kubeletConfig"] == closed
    assert cluster()["nodePoolDefaults"] == {"nodeConfigDefaults": closed}
    assert cluster()["nodePoolAutoConfig"] == {"nodeKubeletConfig": closed}


def test_the_nodes_that_only_live_while_the_cluster_is_made_are_hardened_too() -> None:
    found = cluster()

    assert (found["removeDefaultNodePool"], found["initialNodeCount"]) == (True, 1)
    assert found["nodeConfig"]["bootDiskKmsKey"] == f"{RING}/volumes"
    assert found["nodeConfig"]["shieldedInstanceConfig"]["enableSecureBoot"] is True
    assert found["nodeConfig"]["imageType"] == "COS_CONTAINERD"
    assert production().only(CLUSTER).ignore_changes == ("nodeConfig",)


def test_nobody_comes_in_unnamed_or_by_a_certificate() -> None:
    found = cluster()

    assert found["anonymousAuthenticationConfig"] == {"mode": "LIMITED"}
    assert found["enableLegacyAbac"] is False
    assert found["masterAuth"] == {"clientCertificateConfig": {"issueClientCertificate": False}}
    assert set(found["rbacBindingConfig"].values()) == {False}


def test_it_has_what_google_offers_to_see_and_to_guard() -> None:
    found = cluster()

    assert found["datapathProvider"] == "ADVANCED_DATAPATH"
    assert found["enableIntranodeVisibility"] is True
    assert found["securityPostureConfig"] == {
        "mode": "BASIC",
        "vulnerabilityMode": "VULNERABILITY_DISABLED",
    }
    assert found["binaryAuthorization"] == {"evaluationMode": "PROJECT_SINGLETON_POLICY_ENFORCE"}
    assert found["gatewayApiConfig"] == {"channel": "CHANNEL_STANDARD"}
    assert found["costManagementConfig"] == {"enabled": True}
    assert found["monitoringConfig"] == {
        "enableComponents": ["SYSTEM_COMPONENTS"],
        "managedPrometheus": {"enabled": True},
    }
    assert all(each == {"enabled": True} for each in found["addonsConfig"].values())


def test_a_cluster_leaves_the_one_admission_policy_of_the_project_to_the_project() -> None:
    types = {each.type for each in own(production())}

    assert not [each for each in types if each.startswith("gcp:binaryauthorization")]


@pytest.mark.parametrize(
    ("environment", "components"),
    [
        (Environment.DEV, {"APISERVER"}),
        (Environment.PROD, {"APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"}),
    ],
)
def test_what_the_control_plane_is_to_record_follows_the_spec(
    environment: Environment, components: set[str]
) -> None:
    found = cluster(environment)["loggingConfig"]["enableComponents"]

    assert set(found) == {"SYSTEM_COMPONENTS", "WORKLOADS"} | components


@pytest.mark.parametrize(
    ("environment", "days"),
    [(Environment.DEV, 7), (Environment.STAGING, 30), (Environment.PROD, 365)],
)
def test_records_of_the_control_plane_are_kept_as_long_as_the_environment_asks(
    environment: Environment, days: int
) -> None:
    recording = recorded(environment)
    bucket, sink = recording.only(LOG_BUCKET), recording.only(SINK)

    assert bucket.inputs["retentionDays"] == days
    assert bucket.protect is (environment is not Environment.DEV)
    assert sink.inputs["destination"] == (
        f"logging.googleapis.com/projects/{PROJECT}/locations/europe-west1/buckets/"
        + bucket.inputs["bucketId"]
    )
    assert bucket.urn in sink.depends_on


def test_the_longest_retention_is_what_a_log_bucket_can_keep() -> None:
    assert recorded(log_days=3653).only(LOG_BUCKET).inputs["retentionDays"] == 3650


def test_the_log_bucket_of_the_project_keeps_no_second_copy() -> None:
    recording = production()
    left_out = recording.only("gcp:logging/projectExclusion:ProjectExclusion")

    assert left_out.inputs["filter"] == recording.only(SINK).inputs["filter"]
    assert recording.only(SINK).urn in left_out.depends_on


def test_only_records_of_this_cluster_are_kept_and_from_its_first_moment_on() -> None:
    recording = production()
    chosen = recording.only(SINK).inputs["filter"]

    assert f'resource.labels.cluster_name="{cluster()["name"]}"' in chosen
    assert 'resource.type="k8s_control_plane_component"' in chosen
    assert 'logName:"cloudaudit.googleapis.com"' in chosen
    assert recording.only(SINK).urn in recording.only(CLUSTER).depends_on


def test_google_may_tell_of_upgrades_and_bulletins_without_leaving_the_region() -> None:
    recording = production()
    permission = recording.only("gcp:pubsub/topicIAMMember:TopicIAMMember")
    agent = f"service-{PROJECT_NUMBER}@container-engine-robot.iam.gserviceaccount.com"

    assert permission.inputs["role"] == "roles/pubsub.publisher"
    assert permission.inputs["member"] == f"serviceAccount:{agent}"
    assert permission.urn in recording.only(CLUSTER).depends_on
    assert cluster()["notificationConfig"]["pubsub"]["enabled"] is True
    assert recording.only(TOPIC).inputs["messageRetentionDuration"] == "604800s"
    assert recording.only(TOPIC).inputs["messageStoragePolicy"] == {
        "allowedPersistenceRegions": ["europe-west1"]
    }


@pytest.mark.parametrize("channel", ["regular", "stable"])
def test_the_version_is_where_it_starts_and_the_channel_how_it_goes_on(channel: str) -> None:
    found = recorded(release_channel=channel)

    assert found.only(CLUSTER).inputs["minMasterVersion"] == "1.34"
    assert found.only(CLUSTER).inputs["releaseChannel"] == {"channel": channel.upper()}
    assert found.only(POOL).inputs["management"] == {"autoRepair": True, "autoUpgrade": True}
    assert "version" not in found.only(POOL).inputs


def window(asked: str) -> dict[str, str]:
    return dict(cluster(maintenance_window=asked)["maintenancePolicy"]["recurringWindow"])


def test_a_window_of_twelve_hours_opens_once_a_week() -> None:
    assert window("sat:20:00-sun:08:00") == {
        "startTime": "2024-01-06T20:00:00Z",
        "endTime": "2024-01-07T08:00:00Z",
        "recurrence": "FREQ=WEEKLY;BYDAY=SA",
    }
    found = recorded(maintenance_window="sat:20:00-sun:08:00").outputs["unhonoured"]
    assert not [each for each in found if each.startswith("maintenance_window")]


def test_a_shorter_window_opens_on_days_before_too_and_says_so() -> None:
    assert window("mon:01:00-mon:05:00")["recurrence"] == "FREQ=WEEKLY;BYDAY=SA,SU,MO"
    assert sentence(recorded(maintenance_window="mon:01:00-mon:05:00"), "maintenance_window") == (
        "maintenance_window: GKE needs 12 hours of it a week, so it opens on sat, sun, mon"
    )


def test_a_window_over_the_end_of_the_week_ends_after_it_starts() -> None:
    found = window("sun:18:00-mon:06:00")

    assert (found["startTime"], found["endTime"]) == (
        "2024-01-07T18:00:00Z",
        "2024-01-08T06:00:00Z",
    )


def test_a_window_that_gke_would_refuse_is_refused_with_what_to_do() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        recorded(maintenance_window="sun:02:00-sun:05:00")

    assert str(caught.value) == (
        "maintenance_window is sun:02:00-sun:05:00, which lasts 3 hours:"
        " GKE needs at least 4, lengthen it"
    )


@given(
    day=st.sampled_from(DAYS),
    hour=st.integers(0, 23),
    length=st.integers(4 * 60, 7 * 24 * 60 - 1),
)
def test_every_window_gives_gke_its_hours_and_keeps_the_day_asked_for(
    day: str, hour: int, length: int
) -> None:
    start = datetime(2024, 1, 1 + DAYS.index(day), hour, tzinfo=UTC)
    end = start + timedelta(minutes=length)
    text = f"{day}:{start:%H:%M}-{DAYS[end.weekday()]}:{end:%H:%M}"

    days = maintenance_days(text)

    assert days[-1] == day
    assert len(set(days)) == len(days)
    assert len(days) * length >= 12 * 60


def test_what_gke_cannot_give_is_said() -> None:
    assert "no authenticator log" in sentence(production(), "control_plane_logs")
    assert "a log bucket keeps 3650" in sentence(recorded(log_days=3653), "log_days")
    assert not [each for each in reached_from_outside().outputs["unhonoured"] if "clients" in each]
    assert production().outputs["firewall"] is True


def test_a_pool_grows_between_its_bounds_over_all_zones() -> None:
    found = pool(nodes_at_least=4, nodes_at_most=12)

    assert found["autoscaling"] == {
        "totalMinNodeCount": 4,
        "totalMaxNodeCount": 12,
        "locationPolicy": "BALANCED",
    }
    assert found["nodeLocations"] == list(GCP_ZONES)
    assert found["initialNodeCount"] == 2
    assert found["ignoreNodeCountChanges"] is True


def test_another_bound_never_makes_a_pool_anew() -> None:
    assert production().only(POOL).ignore_changes == ("initialNodeCount",)


def test_spot_nodes_are_taken_where_they_last() -> None:
    assert node(capacity="spot")["spot"] is True
    assert node()["spot"] is False
    assert pool(capacity="spot")["autoscaling"]["locationPolicy"] == "ANY"


def test_an_upgrade_never_has_fewer_nodes_than_before() -> None:
    assert pool()["upgradeSettings"] == {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0}


def test_a_pool_has_the_machines_labels_and_taints_asked_for() -> None:
    asked: dict[str, Any] = {
        "machine": "large",
        "disk_gib": 200,
        "pods_per_node": 64,
        "labels": {"team": "data"},
        "taints": [{"key": "dedicated", "value": "data", "effect": "no_execute"}],
    }

    assert node(**asked)["machineType"] == "n2-standard-8"
    assert (node(**asked)["diskType"], node(**asked)["diskSizeGb"]) == ("pd-balanced", 200)
    assert pool(**asked)["maxPodsPerNode"] == 64
    assert node(**asked)["labels"] == {"team": "data"}
    assert node(**asked)["taints"] == [
        {"key": "dedicated", "value": "data", "effect": "NO_EXECUTE"}
    ]


def test_every_size_has_a_machine_with_its_processors() -> None:
    assert MACHINE_TYPES.keys() == CPUS.keys() == set(MachineSize)
    assert all(MACHINE_TYPES[size].endswith(f"-{CPUS[size]}") for size in MachineSize)


def test_machines_and_disks_bear_the_owner_too() -> None:
    labels = node()["resourceLabels"]

    assert labels == cluster()["resourceLabels"]
    assert labels["managed-by"] == "plinth"


def test_a_pool_has_no_fixed_name_so_that_a_new_one_comes_before_the_old_goes() -> None:
    assert not {"name", "namePrefix"} & production().only(POOL).inputs.keys()


def test_a_name_too_long_for_a_pool_is_refused_with_what_to_do() -> None:
    def program() -> None:
        cloud = gcp_cloud(Environment.PROD)
        spec = cluster_spec(Environment.PROD, pools={"memory-optimised": {}})
        network, keys = adopted_gcp_network(cloud), adopted_gcp_keys(cloud)
        create_cluster(network, "platform-workloads", spec, keys=keys)

    with pytest.raises(pulumi.RunError) as caught:
        record(program)

    assert str(caught.value) == (
        "pools has memory-optimised, which is too long a name for a pool of platform-workloads:"
        " platform-workloads-memory-optimised may have at most 32 characters on Google Cloud,"
        " shorten either"
    )


def test_nodes_are_provisioned_up_to_a_limit_beyond_the_pools_and_are_as_hardened() -> None:
    found = cluster(
        provisioning={"limit_cpus": 100, "limit_memory_gib": 400},
        pools={"general": {"machine": "medium", "nodes_at_most": 9}},
    )["clusterAutoscaling"]
    made = found["autoProvisioningDefaults"]

    assert found["enabled"] is True
    assert {each["resourceType"]: each["maximum"] for each in found["resourceLimits"]} == {
        "cpu": 100 + 9 * 4,
        "memory": 400 + 9 * 16,
    }
    assert found["autoProvisioningLocations"] == list(GCP_ZONES)
    assert made["bootDiskKmsKey"] == f"{RING}/volumes"
    assert made["shieldedInstanceConfig"] == {
        "enableIntegrityMonitoring": True,
        "enableSecureBoot": True,
    }
    assert made["serviceAccount"] == cluster()["nodeConfig"]["serviceAccount"]
    assert made["oauthScopes"] == cluster()["nodeConfig"]["oauthScopes"]
    assert (made["diskType"], made["diskSize"]) == ("pd-balanced", 100)
    assert made["management"] == {"autoRepair": True, "autoUpgrade": True}


def test_without_provisioning_there_are_the_pools_alone() -> None:
    assert cluster()["clusterAutoscaling"] == {"enabled": False, "autoscalingProfile": "BALANCED"}


@pytest.mark.parametrize(
    ("environment", "protected", "policy"),
    [
        (Environment.DEV, False, "DELETE"),
        (Environment.STAGING, True, "PREVENT"),
        (Environment.PROD, True, "PREVENT"),
    ],
)
def test_deletion_is_refused_in_pulumi_in_the_provider_and_for_each_pool(
    environment: Environment, protected: bool, policy: str
) -> None:
    recording = recorded(environment)
    found = recording.only(CLUSTER)

    assert found.protect is protected
    assert found.inputs["deletionProtection"] is protected
    assert found.inputs["deletionPolicy"] == policy
    assert recording.only(POOL).inputs["deletionPolicy"] == policy
    assert recording.only(LOG_BUCKET).inputs["deletionPolicy"] == policy


def test_the_id_of_a_role_has_no_hyphen() -> None:
    assert "-" not in production().only(ROLE).inputs["roleId"]


def test_a_new_cluster_waits_for_the_name_of_the_old() -> None:
    assert production().only(CLUSTER).delete_before_replace is True


def test_names_known_in_advance_fit_and_stay_apart() -> None:
    def program() -> Mapping[str, Any]:
        long, longer = "platform-" * 10, "platform-" * 10 + "x"
        return {
            "names": [cluster_name(long), cluster_name(longer)],
            "accounts": [node_account_id(long), node_account_id(longer)],
            "roles": [administrator_role_id(long), administrator_role_id(longer)],
            "buckets": [log_bucket_id(long), log_bucket_id(longer)],
        }

    found = record(program).outputs

    for key, longest in (("names", 40), ("accounts", 30), ("roles", 64), ("buckets", 100)):
        assert len(set(found[key])) == 2
        assert all(len(each) <= longest and "--" not in each for each in found[key])


NAMES = st.sampled_from(["general", "spot", "memory", "nodes", "system"])
POOLS = st.dictionaries(
    NAMES, st.fixed_dictionaries({"nodes_at_most": st.integers(3, 9)}), min_size=1
)


@settings(max_examples=20, deadline=None)
@given(before=POOLS, after=POOLS)
def test_adding_and_removing_pools_keeps_every_other_resource(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    first, second = (recorded(pools=pools) for pools in (before, after))

    def apart_from(recording: Recording, pools: set[str]) -> set[str]:
        gone = {f"core-{each}" for each in pools}
        return {
            each.urn for each in own(recording) if (each.type, each.name in gone) != (POOL, True)
        }

    removed, added = before.keys() - after.keys(), after.keys() - before.keys()
    assert apart_from(first, removed) == apart_from(second, added)
    assert len(second.of(POOL)) == len(after)

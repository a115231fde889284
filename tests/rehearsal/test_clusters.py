"""What lives in a cluster lives as long as the cluster, and no two clusters know of each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rehearsal.clusters import PUBLISHED, cluster_of
from rehearsal.errors import ProviderError
from rehearsal.events import Op
from rehearsal.paths import parse
from rehearsal.plugin import record
from rehearsal.provider import SimulatedProvider
from rehearsal.server import serve
from rehearsal.values import UNKNOWN, Secret, from_struct, to_struct
from rehearsal.world import Abandoned, Fault, World
from tests.rehearsal.simulation import checked, created, provider, sdk, urn
from tests.rehearsal.stage import Stage

CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
EKS: Final = "aws:eks/cluster:Cluster"
GKE: Final = "gcp:container/cluster:Cluster"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
PROVIDER: Final = "pulumi:providers:kubernetes"
VPC_CONFIG: Final = {"subnetIds": ["subnet-1", "subnet-2"]}
ROLE: Final = "arn:aws:iam::123456789012:role/cluster"


def kubeconfig(server: Any, authority: Any = None) -> dict[str, Any]:
    cluster = {"server": server, "certificate-authority-data": authority}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {k: v for k, v in cluster.items() if v}}],
        "users": [],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }


def declare_cluster(name: str = "main", version: str = "1.34") -> aws.eks.Cluster:
    return aws.eks.Cluster(
        name,
        name=name,
        role_arn=ROLE,
        version=version,
        vpc_config=aws.eks.ClusterVpcConfigArgs(subnet_ids=VPC_CONFIG["subnetIds"]),
    )


def declare_access(name: str, cluster: aws.eks.Cluster) -> kubernetes.Provider:
    config = kubeconfig(cluster.endpoint, cluster.certificate_authority.data)
    return kubernetes.Provider(
        f"{name}-kubernetes", kubeconfig=pulumi.Output.secret(pulumi.Output.json_dumps(config))
    )


def declare_shop(
    prefix: str, access: kubernetes.Provider, within: pulumi.Resource | None, data: str = "1"
) -> None:
    opts = pulumi.ResourceOptions(provider=access, deleted_with=within)
    namespace = kubernetes.core.v1.Namespace(f"{prefix}-shop", metadata={"name": "shop"}, opts=opts)
    kubernetes.core.v1.ConfigMap(
        f"{prefix}-web",
        metadata={"name": "web", "namespace": namespace.metadata.name},
        data={"a": data},
        opts=opts,
    )


def shop(*clusters: str, whole: bool = True) -> Callable[[], None]:
    """The same shop in every one of the clusters, each deleted with its cluster if ``whole``."""

    def program() -> None:
        for name in clusters:
            cluster = declare_cluster(name)
            declare_shop(name, declare_access(name, cluster), cluster if whole else None)

    return program


def adopted(*contexts: str) -> None:
    for name in contexts:
        declare_shop(name, kubernetes.Provider(f"{name}-kubernetes", context=name), None)


def made(world: World, name: str = "main") -> Mapping[str, Any]:
    """The outputs of a cluster that a simulated cloud makes."""
    given = {"name": name, "roleArn": ROLE, "vpcConfig": VPC_CONFIG}
    return created(provider("aws", world), EKS, name, given).outputs


def into(world: World, cluster: Mapping[str, Any]) -> SimulatedProvider:
    """A provider that leads to a cluster on EKS."""
    authority = cluster["certificateAuthority"]["data"]
    config = json.dumps(kubeconfig(cluster["endpoint"], authority))
    return provider("kubernetes", world, kubeconfig=Secret(config))


def fill(simulated: SimulatedProvider) -> None:
    created(simulated, NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    place = {"name": "web", "namespace": "shop"}
    created(simulated, CONFIG_MAP, "web", {"metadata": place, "data": {}})


def test_a_destroyed_cluster_takes_what_is_deleted_with_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.up(shop("main")).ok
    before = stage.world.mutations

    assert stage.destroy().ok

    assert stage.world.mutations == before + 1
    assert stage.resources == {}
    assert stage.world.objects() == []


def test_a_world_in_a_file_is_as_empty(tmp_path: Path) -> None:
    stage = Stage(tmp_path, world_in_file=True)
    assert stage.up(shop("main")).ok

    assert stage.destroy().ok

    assert stage.engine(lambda: None).up().ok
    assert len(World(stage.store.world_path)) == 0


def test_a_cluster_that_the_program_no_longer_has_takes_its_contents_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.up(shop("main", "other")).ok

    assert stage.up(shop("other")).ok

    assert {thing.urn.rpartition("::")[2] for thing in stage.world.objects()} == {
        "other",
        "other-shop",
        "other-web",
    }


@pytest.mark.parametrize("whole", [True, False])
def test_two_clusters_hold_objects_of_equal_names(tmp_path: Path, whole: bool) -> None:
    stage = Stage(tmp_path)
    program = shop("main", "other", whole=whole)

    previews = [stage.preview(program)]
    assert stage.up(program).ok
    previews.append(stage.preview(program))

    assert [preview.message for preview in previews] == ["", ""]
    assert {state.id for state in stage.resources.values() if state.type == CONFIG_MAP} == {
        "shop/web"
    }
    assert len(stage.world) == 6
    assert stage.refresh().counts.keys() == {Op.SAME}
    assert stage.up(program).counts.keys() == {Op.SAME}
    assert stage.destroy().ok
    assert len(stage.world) == 0


def test_a_change_in_one_cluster_leaves_the_other_alone(tmp_path: Path) -> None:
    def program(data: str) -> Callable[[], None]:
        def declare() -> None:
            for name, text in (("main", data), ("other", "1")):
                cluster = declare_cluster(name)
                declare_shop(name, declare_access(name, cluster), cluster, text)

        return declare

    stage = Stage(tmp_path)
    assert stage.up(program("1")).ok

    assert stage.up(program("2")).ok

    assert stage.ops("other-web") == [Op.SAME]
    held = {o.urn.rpartition("::")[2]: o.inputs.get("data") for o in stage.world.objects()}
    assert (held["main-web"], held["other-web"]) == ({"a": "2"}, {"a": "1"})


def test_a_namespace_of_one_cluster_is_none_of_another() -> None:
    world = World()
    fill(into(world, made(world)))
    inputs = {"metadata": {"name": "web", "namespace": "shop"}, "data": {}}

    for elsewhere in (into(world, made(world, "other")), provider("kubernetes", world)):
        with pytest.raises(ProviderError, match='namespaces "shop" not found'):
            created(elsewhere, CONFIG_MAP, "again", inputs)


def test_a_name_is_taken_in_its_cluster_alone() -> None:
    world = World()
    main, other = (into(world, made(world, name)) for name in ("main", "other"))
    fill(main)
    inputs = checked(main, NAMESPACE, "again", {"metadata": {"name": "shop"}})

    for preview in (True, False):
        with pytest.raises(ProviderError, match=f"'shop in {EKS} main' exists already"):
            main.create(urn(NAMESPACE, "again"), NAMESPACE, inputs, preview=preview)
        other.create(urn(NAMESPACE, "again"), NAMESPACE, inputs, preview=preview)


def test_a_deleted_namespace_empties_no_other_cluster() -> None:
    world = World()
    main, other = (into(world, made(world, name)) for name in ("main", "other"))
    ambient = provider("kubernetes", world)
    for simulated in (main, other, ambient):
        fill(simulated)

    ambient.delete(urn(NAMESPACE, "shop"), NAMESPACE, "shop")
    main.delete(urn(NAMESPACE, "shop"), NAMESPACE, "shop")

    assert [thing.id for thing in world.objects() if thing.type != EKS] == [
        f"shop/web\n{EKS} other",
        f"shop\n{EKS} other",
    ]


def test_an_adopted_cluster_keeps_what_nobody_deletes(tmp_path: Path) -> None:
    def program() -> None:
        adopted("home")
        cluster = declare_cluster()
        declare_shop("main", declare_access("main", cluster), cluster)

    stage = Stage(tmp_path)
    assert stage.up(program).ok
    cluster = next(thing for thing in stage.world.objects() if thing.type == EKS)

    provider("aws", stage.world).delete(cluster.urn, EKS, cluster.id)

    assert [thing.id for thing in stage.world.objects()] == ["shop/web\nhome", "shop\nhome"]
    assert stage.destroy().ok
    assert len(stage.world) == 0


def test_two_contexts_are_two_clusters(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    program = lambda: adopted("home", "work")  # noqa: E731

    assert stage.preview(program).ok
    assert stage.up(program).ok
    assert len(stage.world) == 4
    assert stage.destroy().ok
    assert len(stage.world) == 0


def test_a_recording_knows_clusters_apart() -> None:
    recording = record(shop("main", "other"))

    assert [resource.name for resource in recording.of(CONFIG_MAP)] == ["main-web", "other-web"]


def test_what_is_gone_with_a_cluster_may_be_read_and_deleted() -> None:
    world = World()
    cluster = made(world)
    simulated = into(world, cluster)
    fill(simulated)

    provider("aws", world).delete(urn(EKS, "main"), EKS, "main")

    for late in (simulated, into(world, cluster)):
        assert late.read(urn(CONFIG_MAP, "web"), CONFIG_MAP, "shop/web").id == ""
        late.delete(urn(CONFIG_MAP, "web"), CONFIG_MAP, "shop/web")
    assert len(world) == 0


@pytest.mark.parametrize("refreshed", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_a_cluster_that_somebody_deleted_is_destroyed_all_the_same(
    tmp_path: Path, whole: bool, refreshed: bool
) -> None:
    stage = Stage(tmp_path)
    assert stage.up(shop("main", whole=whole)).ok
    stage.world.faults.clear()
    provider("aws", stage.world).delete(stage.resources["main"].urn, EKS, "main")
    assert len(stage.world) == 0

    if refreshed:
        assert stage.refresh().counts[Op.DELETE] == 3
    assert stage.destroy().ok

    assert stage.resources == {}


def test_a_cluster_that_somebody_deleted_is_made_again_with_all_in_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    assert stage.up(shop("main")).ok
    provider("aws", stage.world).delete(stage.resources["main"].urn, EKS, "main")

    assert stage.refresh().ok
    assert stage.up(shop("main")).ok

    assert len(stage.world) == 3
    assert stage.destroy().ok
    assert len(stage.world) == 0


def test_another_cluster_in_the_place_of_one_holds_the_same(tmp_path: Path) -> None:
    def program(role: str) -> Callable[[], None]:
        def declare() -> None:
            cluster = aws.eks.Cluster(
                "main",
                role_arn=role,
                vpc_config=aws.eks.ClusterVpcConfigArgs(subnet_ids=VPC_CONFIG["subnetIds"]),
            )
            declare_shop("main", declare_access("main", cluster), cluster)

        return declare

    stage = Stage(tmp_path)
    assert stage.up(program(ROLE)).ok
    old = stage.resources["main"].id

    summary = stage.up(program(f"{ROLE}-2"))

    assert summary.ok, summary.message
    new = stage.resources["main"].id
    assert new != old
    assert [thing.id for thing in stage.world.objects()] == [
        new,
        f"shop/web\n{EKS} {new}",
        f"shop\n{EKS} {new}",
    ]
    assert stage.refresh().counts.keys() == {Op.SAME}


def essence(stage: Stage) -> Mapping[str, Any]:
    return {
        name: (state.id, state.deleted_with, state.import_id, state.inputs)
        for name, state in stage.resources.items()
        if state.type in (CONFIG_MAP, NAMESPACE)
    }


@pytest.mark.parametrize("then", ["up", "destroy"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("whole", "at"), [(True, 1), (False, 1), (False, 2), (False, 3)])
def test_a_destroy_abandoned_at_any_operation_can_be_finished_or_taken_back(
    tmp_path: Path, whole: bool, at: int, moment: str, then: str
) -> None:
    stage = Stage(tmp_path)
    program = shop("main", whole=whole)
    assert stage.up(program).ok
    undisturbed, things = essence(stage), len(stage.world)
    fault = Fault(stage.world.mutations + at, "abandon", moment)  # pyright: ignore[reportArgumentType]
    stage.order(fault)

    with pytest.raises(Abandoned):
        stage.destroy()
    stage.world.faults.clear()

    if then == "up":
        planned, summary = stage.preview(program), stage.up(program)
        assert summary.ok, summary.message
        assert planned.counts == summary.counts
        assert essence(stage) == undisturbed
        assert len(stage.world) == things
        assert stage.up(program).counts.keys() == {Op.SAME}
    assert stage.destroy().ok
    assert stage.resources == {}
    assert len(stage.world) == 0


def test_what_a_destroy_left_and_the_program_changed_is_replaced(tmp_path: Path) -> None:
    def program(data: str) -> Callable[[], None]:
        def declare() -> None:
            cluster = declare_cluster()
            opts = pulumi.ResourceOptions(
                provider=declare_access("main", cluster), deleted_with=cluster
            )
            kubernetes.core.v1.ConfigMap("web", data={"a": data}, opts=opts)

        return declare

    stage = Stage(tmp_path)
    assert stage.up(program("1")).ok
    stage.order(Fault(stage.world.mutations + 1, "abandon", "before"))
    with pytest.raises(Abandoned):
        stage.destroy()
    stage.world.faults.clear()

    assert stage.up(program("2")).ok

    assert [o.inputs["data"] for o in stage.world.objects() if o.type == CONFIG_MAP] == [{"a": "2"}]
    assert not any(state.delete for state in stage.store.load().resources)


def test_a_cluster_is_the_same_at_every_address_that_it_has() -> None:
    world = World()
    given = {"name": "main", "location": "europe-west4", "privateClusterConfig": {}}
    cluster = created(provider("gcp", world), GKE, "main", given)
    outputs = cluster.outputs
    authority = outputs["masterAuth"]["clusterCaCertificate"]
    addresses = (
        outputs["endpoint"],
        outputs["privateClusterConfig"]["privateEndpoint"],
        outputs["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"],
    )

    found = {
        cluster_of(world, {"kubeconfig": kubeconfig(f"https://{address}", trusted)})
        for address in addresses
        for trusted in (authority, None)
    }

    assert found == {f"{GKE} {cluster.id}"}


def test_a_private_address_that_two_clusters_have_is_told_apart_by_its_certificate() -> None:
    world = World()
    outputs = made(world)
    (thing,) = world.objects()

    def led(authority: str) -> str:
        return cluster_of(world, {"kubeconfig": kubeconfig(outputs["endpoint"], authority)})

    assert led(outputs["certificateAuthority"]["data"]) == f"{EKS} {thing.id}"
    assert led("b3RoZXI=") == outputs["endpoint"]


YAML: Final = """
apiVersion: v1
clusters:
- {name: home, cluster: {server: "https://10.0.0.1:6443"}}
- {name: work, cluster: {server: "https://10.0.0.2:6443"}}
contexts:
- {name: at-home, context: {cluster: home}}
- {name: at-work, context: {cluster: work}}
current-context: at-home
users: [{name: me, user: {token: hunter2}}]
"""


@pytest.mark.parametrize(
    ("inputs", "cluster"),
    [
        ({}, ""),
        ({"context": "home"}, "home"),
        ({"kubeconfig": "~/.kube/config"}, "~/.kube/config"),
        ({"kubeconfig": "~/.kube/config", "context": "home"}, "~/.kube/config home"),
        ({"kubeconfig": YAML}, "https://10.0.0.1:6443"),
        ({"kubeconfig": YAML, "context": "at-work"}, "https://10.0.0.2:6443"),
        ({"kubeconfig": YAML, "cluster": "work"}, "https://10.0.0.2:6443"),
        ({"kubeconfig": YAML, "context": "nowhere"}, "nowhere"),
        ({"kubeconfig": f"{YAML}]"}, ""),
        ({"kubeconfig": {"clusters": {}}}, ""),
    ],
)
def test_a_cluster_that_nobody_made_is_called_what_its_provider_calls_it(
    inputs: Mapping[str, Any], cluster: str
) -> None:
    assert cluster_of(World(), inputs) == cluster


def text(server: Any) -> Secret:
    return Secret(json.dumps(kubeconfig(server)))


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [
        ({"context": "a"}, {"context": "b"}, True),
        ({"kubeconfig": text("https://a")}, {"kubeconfig": text("https://b")}, True),
        ({"kubeconfig": text("https://a")}, {"kubeconfig": UNKNOWN}, True),
        (
            {"kubeconfig": text("https://a")},
            {"kubeconfig": Secret(json.dumps({**kubeconfig("https://a"), "users": [{}]}))},
            False,
        ),
        (
            {"kubeconfig": text("https://a"), "clusterIdentifier": "main"},
            {"kubeconfig": text("https://b"), "clusterIdentifier": "main"},
            False,
        ),
        (
            {"kubeconfig": text("https://a"), "clusterIdentifier": "main"},
            {"kubeconfig": text("https://a"), "clusterIdentifier": "other"},
            True,
        ),
        (
            {"kubeconfig": text("https://a"), "clusterIdentifier": "main"},
            {"kubeconfig": text("https://a"), "clusterIdentifier": UNKNOWN},
            True,
        ),
        (
            {"kubeconfig": text("https://a")},
            {"kubeconfig": text("https://a"), "clusterIdentifier": "main"},
            False,
        ),
    ],
)
def test_another_cluster_is_another_provider_and_another_way_to_it_is_not(
    before: Mapping[str, Any], after: Mapping[str, Any], replaces: bool
) -> None:
    found = provider("kubernetes").diff_config(urn(PROVIDER, "main"), before, after)

    assert found.changes
    assert bool(found.replaces) is replaces


def test_both_providers_of_a_replacement_lead_where_they_led() -> None:
    world = World()
    simulated = provider("kubernetes", world)
    owner = urn(PROVIDER, "main")
    old, new = (simulated.configure(owner, {"context": c}, id=c) for c in ("old", "new"))
    inputs = checked(simulated, NAMESPACE, "shop", {"metadata": {"name": "shop"}})
    for reference in (old, new):
        simulated.create(urn(NAMESPACE, "shop"), NAMESPACE, inputs, provider=reference)

    simulated.delete(urn(NAMESPACE, "shop"), NAMESPACE, "shop", provider=old)

    assert [thing.id for thing in world.objects()] == ["shop\nnew"]


@pytest.mark.parametrize("token", PUBLISHED)
def test_addresses_are_outputs_that_the_sdk_has(token: str) -> None:
    known = sdk().resource_type(token)
    assert known is not None

    for path in (*PUBLISHED[token].addresses, PUBLISHED[token].authority):
        first, *rest = (str(part) for part in parse(path))
        declared = known.outputs[first]
        for part in rest:
            assert declared.object is not None
            declared = declared.object.fields[part]


@contextmanager
def connected(port: int, package: str, id_: str = "1", **config: Any) -> Generator[Any]:
    apart = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=apart) as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        owner = urn(f"pulumi:providers:{package}", "main")
        arguments = to_struct(config)
        stub.Configure(provider_pb2.ConfigureRequest(urn=owner, id=id_, args=arguments))
        yield stub


def brought(stub: Any, token: str, name: str, inputs: Mapping[str, Any]) -> Any:
    named: dict[str, Any] = {"urn": urn(token, name), "type": token}
    check = stub.Check(provider_pb2.CheckRequest(**named, news=to_struct(inputs)))
    assert not check.failures
    return stub.Create(provider_pb2.CreateRequest(**named, properties=check.inputs))


def test_an_engine_that_never_deletes_what_goes_with_a_cluster_leaves_nothing() -> None:
    world = World()
    with (
        serve(["aws", "kubernetes"], world, sdk=sdk()) as ports,
        connected(ports["aws"], "aws") as cloud,
    ):
        given = {"roleArn": ROLE, "vpcConfig": VPC_CONFIG}
        configs: list[str] = []
        for name in ("main", "other"):
            answer = brought(cloud, EKS, name, {"name": name, **given}).properties
            configs.append(json.dumps(kubeconfig(from_struct(answer)["endpoint"])))
        with (
            connected(ports["kubernetes"], "kubernetes", kubeconfig=Secret(configs[0])) as main,
            connected(
                ports["kubernetes"], "kubernetes", "2", kubeconfig=Secret(configs[1])
            ) as other,
        ):
            for stub in (main, other):
                brought(stub, NAMESPACE, "shop", {"metadata": {"name": "shop"}})
            delete = provider_pb2.DeleteRequest(id="main", urn=urn(EKS, "main"), type=EKS)
            cloud.Delete(delete)
            named: dict[str, Any] = {"id": "shop", "urn": urn(NAMESPACE, "shop"), "type": NAMESPACE}
            read = [stub.Read(provider_pb2.ReadRequest(**named)).id for stub in (main, other)]
            main.Delete(provider_pb2.DeleteRequest(**named))

        assert read == ["", "shop"]
        assert [thing.id for thing in world.objects()] == ["other", f"shop\n{EKS} other"]
        cloud.Delete(provider_pb2.DeleteRequest(id="other", urn=urn(EKS, "other"), type=EKS))
        assert len(world) == 0

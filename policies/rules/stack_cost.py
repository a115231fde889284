"""What a stack costs, before it does: the price of what it declares against a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from policies import prices
from policies.examples import example
from policies.references import is_computed
from policies.rule import Demand, Rule, Setting, Severity, StackCheck
from policies.subject import STACK, Environment, Resource, Stack, Subject
from policies.themes import Theme
from policies.view import UNKNOWN_BOOLEAN, UNKNOWN_NUMBER, UNKNOWN_STRING, Truth, View, truth

# Dollars a month; None is a resource that costs something nobody here can tell.
_Price = Callable[[View, Resource, Stack], float | None]

_NAT: Final = "aws:ec2/natGateway:NatGateway"
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
_INSTANCE: Final = "aws:ec2/instance:Instance"
_RDS: Final = "aws:rds/instance:Instance"
_AURORA: Final = "aws:rds/cluster:Cluster"
_AURORA_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
_CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_NODE_POOL: Final = "gcp:container/nodePool:NodePool"
_MACHINE: Final = "gcp:compute/instance:Instance"
_CLOUD_SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_MEMORYSTORE: Final = "gcp:memorystore/instance:Instance"
_REDIS: Final = "gcp:redis/instance:Instance"

_SERVERLESS: Final = "db.serverless"
# A regional cluster has nodes in this many zones unless it names others.
_ZONES: Final = 3
_STANDBYS: Final = 3
_LICENSED: Final = ("oracle", "sqlserver", "db2", "custom")


def _always(price: float) -> _Price:
    def priced(_: View, __: Resource, ___: Stack) -> float | None:
        return price

    return priced


def _of(size: View, price: Callable[[str], float | None]) -> float | None:
    return price(size.raw) if isinstance(size.raw, str) else None


def _times(price: float | None, *counts: float | None) -> float | None:
    for count in counts:
        price = None if price is None or count is None else price * count
    return price


def _plus(price: float | None, other: float | None) -> float | None:
    return None if price is None or other is None else price + other


def _count(number: View, left_out: float | None = None) -> float | None:
    return number.number() if number.is_present else left_out


def _twice(is_doubled: Truth) -> float | None:
    """How often something runs that may have a standby."""
    if is_doubled is Truth.UNKNOWN:
        return None
    return 2 if is_doubled is Truth.YES else 1


def _endpoint(props: View, _: Resource, __: Stack) -> float | None:
    kind = props.at("vpcEndpointType", absent="Gateway").is_one_of("Gateway")
    if kind is not Truth.NO:
        return 0 if kind is Truth.YES else None
    subnets = props.at("subnetIds")
    if not subnets.is_present:
        return prices.INTERFACE_ENDPOINT
    known = isinstance(subnets.raw, list)
    return prices.INTERFACE_ENDPOINT * len(subnets.raw) if known else None


def _node_group(props: View, _: Resource, __: Stack) -> float | None:
    types = props.at("instanceTypes", absent=["t3.medium"])
    found = [_of(size, prices.instance) for size in types.elements()]
    known = [price for price in found if price is not None]
    scaling = props.at("scalingConfig")
    nodes = _count(scaling.at("desiredSize"), scaling.at("minSize").number())
    # Whichever type is bought, it costs no more than the dearest.
    return _times(max(known) if known and len(known) == len(found) else None, nodes)


def _instance(props: View, _: Resource, __: Stack) -> float | None:
    return _of(props.at("instanceType"), prices.instance)


def _rds(props: View, _: Resource, __: Stack) -> float | None:
    engine = props.at("engine")
    if engine.matches(lambda text: text.startswith(_LICENSED)) is not Truth.NO:
        return None
    size = _of(props.at("instanceClass"), prices.rds)
    storage = _times(prices.RDS_STORAGE_GIB, _count(props.at("allocatedStorage")))
    return _times(_plus(size, storage), _twice(props.at("multiAz").is_true()))


def _aurora(props: View, _: Resource, __: Stack) -> float | None:
    """A cluster of Aurora costs what its instances do; one of RDS has three of its own."""
    size = props.at("dbClusterInstanceClass")
    if props.at("engine").matches(lambda text: text.startswith("aurora")) is Truth.YES:
        return 0
    storage = _times(prices.RDS_STORAGE_GIB, _count(props.at("allocatedStorage"), 0))
    return _times(_plus(_of(size, prices.rds), storage), _STANDBYS)


def _aurora_instance(props: View, resource: Resource, stack: Stack) -> float | None:
    size = props.at("instanceClass")
    if size.raw != _SERVERLESS:
        return _of(size, prices.aurora)
    clusters = [
        each for each in stack.behind(resource, "clusterIdentifier") if each.type == _AURORA
    ]
    units = [
        View(each.props).at("serverlessv2ScalingConfiguration", "maxCapacity").number()
        for each in clusters
    ]
    return _times(prices.AURORA_CAPACITY_UNIT, units[0]) if units else None


def _cache(props: View, _: Resource, __: Stack) -> float | None:
    nodes = props.at("numCacheClusters").number()
    if not nodes:
        replicas = _count(props.at("replicasPerNodeGroup"), 0)
        nodes = _times(props.at("numNodeGroups").number(), _plus(replicas, 1))
    return _times(_of(props.at("nodeType"), prices.cache), nodes)


def _node_pool(props: View, resource: Resource, __: Stack) -> float | None:
    machine = _of(props.at("nodeConfig", "machineType", absent="e2-medium"), prices.machine)
    total = props.at("autoscaling", "totalMinNodeCount")
    if total.is_known:
        return _times(machine, total.number())
    zones = props.at("nodeLocations")
    named = len(zones.raw) if isinstance(zones.raw, list) else 0
    return _times(machine, _nodes_in_zone(props, resource), named or _ZONES)


def _nodes_in_zone(props: View, resource: Resource) -> float | None:
    wanted = props.at("nodeCount")
    if wanted.is_present and not is_computed(resource, "nodeCount"):
        return wanted.number()
    others = (props.at("initialNodeCount"), props.at("autoscaling", "minNodeCount"))
    for number in others:
        if number.is_known:
            return number.number()
    return None if any(number.is_present for number in others) else 1


def _machine(props: View, _: Resource, __: Stack) -> float | None:
    return _of(props.at("machineType"), prices.machine)


def _cloud_sql(props: View, _: Resource, __: Stack) -> float | None:
    settings = props.at("settings")
    storage = _times(prices.CLOUD_SQL_STORAGE_GIB, _count(settings.at("diskSize"), 10))
    doubled = settings.at("availabilityType", absent="ZONAL").is_one_of("REGIONAL")
    return _times(_plus(_of(settings.at("tier"), prices.cloud_sql), storage), _twice(doubled))


def _memorystore(props: View, _: Resource, __: Stack) -> float | None:
    replicas = _count(props.at("replicaCount"), 0)
    node = _of(props.at("nodeType", absent="HIGHMEM_MEDIUM"), prices.memorystore)
    return _times(node, _count(props.at("shardCount")), _plus(replicas, 1))


def _redis(props: View, _: Resource, __: Stack) -> float | None:
    gib = _of(props.at("tier", absent="BASIC"), prices.redis_gib)
    return _times(gib, _count(props.at("memorySizeGb")))


def _unlisted(_: View, __: Resource, ___: Stack) -> float | None:
    return None


# Every type here is billed by the hour or the month; what is billed by use alone is left out.
_PRICES: Final[Mapping[str, _Price]] = {
    _NAT: _always(prices.NAT_GATEWAY),
    _ENDPOINT: _endpoint,
    "aws:ec2/eip:Eip": _always(prices.PUBLIC_ADDRESS),
    "aws:eks/cluster:Cluster": _always(prices.CLUSTER),
    "aws:kms/key:Key": _always(prices.AWS_KEY),
    "aws:lb/loadBalancer:LoadBalancer": _always(prices.LOAD_BALANCER),
    "aws:secretsmanager/secret:Secret": _always(prices.AWS_SECRET),
    "gcp:compute/routerNat:RouterNat": _always(prices.CLOUD_NAT),
    "gcp:container/cluster:Cluster": _always(prices.CLUSTER),
    _NODE_GROUP: _node_group,
    _INSTANCE: _instance,
    _RDS: _rds,
    _AURORA: _aurora,
    _AURORA_INSTANCE: _aurora_instance,
    _CACHE: _cache,
    _NODE_POOL: _node_pool,
    _MACHINE: _machine,
    _CLOUD_SQL: _cloud_sql,
    _MEMORYSTORE: _memorystore,
    _REDIS: _redis,
    **dict.fromkeys(
        (
            "aws:docdb/clusterInstance:ClusterInstance",
            "aws:ec2transitgateway/transitGateway:TransitGateway",
            "aws:elasticache/cluster:Cluster",
            "aws:elasticache/serverlessCache:ServerlessCache",
            "aws:fsx/lustreFileSystem:LustreFileSystem",
            "aws:memorydb/cluster:Cluster",
            "aws:mq/broker:Broker",
            "aws:msk/cluster:Cluster",
            "aws:msk/serverlessCluster:ServerlessCluster",
            "aws:neptune/clusterInstance:ClusterInstance",
            "aws:opensearch/domain:Domain",
            "aws:redshift/cluster:Cluster",
            "gcp:alloydb/instance:Instance",
            "gcp:bigtable/instance:Instance",
            "gcp:filestore/instance:Instance",
            "gcp:redis/cluster:Cluster",
            "gcp:spanner/instance:Instance",
        ),
        _unlisted,
    ),
}
_READS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_PRICES, ()),
    _ENDPOINT: ("vpcEndpointType", "subnetIds"),
    _NODE_GROUP: ("instanceTypes", "scalingConfig.desiredSize", "scalingConfig.minSize"),
    _INSTANCE: ("instanceType",),
    _RDS: ("engine", "instanceClass", "allocatedStorage", "multiAz"),
    _AURORA: (
        "engine",
        "dbClusterInstanceClass",
        "allocatedStorage",
        "serverlessv2ScalingConfiguration.maxCapacity",
    ),
    _AURORA_INSTANCE: ("instanceClass", "clusterIdentifier"),
    _CACHE: ("nodeType", "numCacheClusters", "numNodeGroups", "replicasPerNodeGroup"),
    _NODE_POOL: (
        "nodeConfig.machineType",
        "nodeCount",
        "initialNodeCount",
        "nodeLocations",
        "autoscaling.minNodeCount",
        "autoscaling.totalMinNodeCount",
    ),
    _MACHINE: ("machineType",),
    _CLOUD_SQL: ("settings.tier", "settings.diskSize", "settings.availabilityType"),
    _MEMORYSTORE: ("nodeType", "shardCount", "replicaCount"),
    _REDIS: ("tier", "memorySizeGb"),
}

_BUDGETS_USD: Final[Mapping[Environment, int]] = {"dev": 500, "staging": 2_500, "prod": 7_500}


def estimate(stack: Stack) -> tuple[float, tuple[str, ...]]:
    """Dollars a month of what has a price, and the names of the types of what has none."""
    total = 0.0
    unpriced: dict[str, None] = {}
    for type_, price in _PRICES.items():
        for resource in stack.of(type_):
            cost = price(View(resource.props), resource, stack)
            if cost is None:
                unpriced[type_] = None
            else:
                total += cost
    return total, tuple(unpriced)


def _within(environment: Environment) -> Callable[[Subject, Stack], Iterator[Demand]]:
    def judge(root: Subject, stack: Stack) -> Iterator[Demand]:
        budget = root.configured[f"{environment}_usd"]
        total, unpriced = estimate(stack)
        rest = f"; not priced: {', '.join(unpriced)}" if unpriced else ""
        over = f"costs about {total:.0f} USD a month, {total - budget:.0f} above its budget{rest}"
        # What has no price never counts as free: the rest of the budget may not be enough for it.
        holds = truth(total <= budget) & (Truth.UNKNOWN if unpriced else Truth.YES)
        yield Demand(holds, root, over)

    return judge


def _stack_of(*resources: Resource) -> tuple[Resource, ...]:
    return (example(STACK, "example"), *resources)


def _made(type_: str, name: str = "orders", **props: Any) -> Resource:
    return example(type_, name, props)


_MANY: Final = _made(_NODE_GROUP, instanceTypes=["m7i.xlarge"], scalingConfig={"desiredSize": 100})
_LARGEST: Final = "db.r7g.16xlarge"
_SERVERLESS_CLUSTER: Final = _made(
    _AURORA, engine="aurora-postgresql", serverlessv2ScalingConfiguration={"maxCapacity": 128}
)
_SERVERLESS_INSTANCE: Final = example(
    _AURORA_INSTANCE,
    "orders",
    {"instanceClass": _SERVERLESS, "clusterIdentifier": UNKNOWN_STRING},
    made_from={"clusterIdentifier": [_SERVERLESS_CLUSTER]},
)


def _check(environment: Environment) -> StackCheck:
    return StackCheck(
        type=STACK,
        demand="What is billed by the hour or the month costs no more than the budget.",
        reads=_READS,
        absent=(
            "Properties that are left out have the default of the provider. What has no price, or "
            "a size that is not known, leaves the rule undecided unless the rest is too dear."
        ),
        judge=_within(environment),
        environments=frozenset({environment}),
        good={
            "nothing billed": _stack_of(_made("aws:s3/bucket:Bucket")),
            "little": _stack_of(_made(_NAT), _made(_ENDPOINT), _made(_NODE_POOL)),
        },
        bad={
            "many nodes": _stack_of(_MANY),
            "a large database": _stack_of(
                _made(
                    _RDS,
                    engine="postgres",
                    instanceClass=_LARGEST,
                    allocatedStorage=100,
                    multiAz=True,
                )
            ),
            "a database that grows": _stack_of(_SERVERLESS_CLUSTER, _SERVERLESS_INSTANCE),
            "too dear without what is not priced": _stack_of(
                _MANY, _made("aws:redshift/cluster:Cluster")
            ),
        },
        undecided={
            "a type without a price": _stack_of(_made("aws:redshift/cluster:Cluster")),
            "a size without a price": _stack_of(_made(_INSTANCE, instanceType="p5.48xlarge")),
            "a size not known": _stack_of(_made(_INSTANCE, instanceType=UNKNOWN_STRING)),
            "a number not known": _stack_of(
                _made(
                    _NODE_GROUP,
                    instanceTypes=["m7i.large"],
                    scalingConfig={"desiredSize": UNKNOWN_NUMBER},
                )
            ),
            "a standby not known": _stack_of(
                _made(
                    _RDS,
                    engine="postgres",
                    instanceClass="db.t4g.medium",
                    allocatedStorage=20,
                    multiAz=UNKNOWN_BOOLEAN,
                )
            ),
        },
    )


COST_GUARD: Final = Rule(
    id="stack-cost-guard",
    title="A stack costs no more than the budget of its environment",
    reason=(
        "The bill comes a month after the change that raised it; a program says what it will cost "
        "before anything is there."
    ),
    severity=Severity.MEDIUM,
    theme=Theme.GOVERNANCE,
    themes_inferred=True,
    controls=(),
    fix="Take fewer or smaller resources, or raise the budget in the configuration of the pack.",
    source="https://aws.amazon.com/pricing/",
    settings=tuple(
        Setting(
            name=f"{environment}_usd",
            description=f"US dollars that a stack may cost a month in {environment}.",
            default=budget,
        )
        for environment, budget in _BUDGETS_USD.items()
    ),
    stack_checks=tuple(_check(environment) for environment in _BUDGETS_USD),
)

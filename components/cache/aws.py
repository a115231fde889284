"""Valkey on Amazon ElastiCache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

import pulumi
import pulumi_aws as aws

from components.aws_firewall import create_firewall
from components.cache.aws_access import ENGINE, create_users
from components.cache.interface import AwsCacheRef, Cache
from components.cache.machines import ENGINE_VERSION, NODE_TYPE
from components.cache.spec import CacheSpec
from components.ground import short_hash
from components.keys.interface import AwsKeysRef
from components.keys.spec import Purpose
from components.network.interface import AwsNetworkRef

PORT: Final = 6379
LOG_TYPES: Final = ("engine-log", "slow-log")


class AwsCache(Cache):
    """An encrypted ElastiCache replication group, reachable only over TLS and inside its VPC.

    There is no password: its one user logs in with an IAM token, and nobody else does.
    """

    TOKEN: ClassVar[str] = "plinth:cache:AwsCache"  # noqa: S105

    def __init__(
        self,
        name: str,
        spec: CacheSpec,
        network: AwsNetworkRef,
        keys: AwsKeysRef,
        clients: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the servers and what they need; without ``clients`` the whole VPC may connect."""
        super().__init__(name, network.cloud, opts, spec.data_class)
        child = pulumi.ResourceOptions(parent=self)
        # Known in advance, because the log groups are named after it.
        identifier = f"{name}-{short_hash(name, spec.generation)}"
        username = f"{name}-{short_hash(name)}"

        subnets = aws.elasticache.SubnetGroup(
            f"{name}-subnets",
            description=f"Data subnets for the cache {name}",
            subnet_ids=list(network.data_subnet_ids.values()),
            opts=child,
        )
        firewall = create_firewall(
            self,
            name,
            what="cache",
            protocol="Valkey",
            port=PORT,
            vpc_id=network.vpc_id,
            vpc_cidr=network.vpc_cidr,
            clients=clients,
        )
        parameters = aws.elasticache.ParameterGroup(
            f"{name}-parameters",
            description=f"Eviction of the cache {name}",
            family=f"{ENGINE}{spec.version}",
            parameters=[
                aws.elasticache.ParameterGroupParameterArgs(
                    name="maxmemory-policy", value=spec.eviction.value
                )
            ],
            opts=child,
        )
        logs = {
            log: aws.cloudwatch.LogGroup(
                f"{name}-logs-{log}",
                # Below vendedlogs the one resource policy of all log groups does not grow.
                name=f"/aws/vendedlogs/elasticache/{identifier}/{log}",
                kms_key_id=keys.arns[Purpose.LOGS],
                retention_in_days=spec.log_days,
                opts=child,
            )
            for log in LOG_TYPES
        }
        user, users = create_users(self, name, username)

        group = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=identifier,
            description=f"The cache {name}",
            engine=ENGINE,
            engine_version=ENGINE_VERSION["aws"][spec.version],
            node_type=NODE_TYPE["aws"][spec.size],
            cluster_mode="disabled",
            num_cache_clusters=1 + spec.replicas,
            automatic_failover_enabled=spec.replicas > 0,
            multi_az_enabled=spec.replicas > 0,
            at_rest_encryption_enabled=True,
            kms_key_id=keys.arns[Purpose.DATA],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[users.user_group_id],
            port=PORT,
            network_type="ipv4",
            ip_discovery="ipv4",
            subnet_group_name=subnets.name,
            security_group_ids=[firewall.id],
            parameter_group_name=parameters.name,
            log_delivery_configurations=[
                aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                    destination_type="cloudwatch-logs",
                    destination=group.name,
                    log_format="json",
                    log_type=log,
                )
                for log, group in logs.items()
            ],
            snapshot_retention_limit=spec.backup_days,
            snapshot_window=spec.backup_window,
            # New with every rebuilt server and every rebuilt stack: a name that was used before
            # would make the last snapshot, and so the deletion, fail.
            final_snapshot_identifier=(
                pulumi.Output.format(
                    "final-{0}-{1}", short_hash(name, spec.generation), firewall.id
                )
                if spec.protected
                else None
            ),
            maintenance_window=spec.maintenance_window,
            auto_minor_version_upgrade=True,
            apply_immediately=False,
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protected),
        )

        self.publish(
            ref=AwsCacheRef(network.cloud, group.arn, user.arn, username, firewall.id),
            host=group.primary_endpoint_address,
            reader_host=group.reader_endpoint_address if spec.replicas else None,
            port=PORT,
            username=user.user_name,
            secret=user.arn,
            unhonoured=tuple(_unhonoured(spec)),
        )


def _unhonoured(spec: CacheSpec) -> Iterator[str]:
    if spec.protected:
        yield "protected: Pulumi refuses deletion; ElastiCache itself does not"

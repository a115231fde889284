"""One plausible set of inputs for each cloud type that rehearsals know well, by wire name."""

from __future__ import annotations

from typing import Any

ROLE_ARN = "arn:aws:iam::123456789012:role/shop-api"
KEY_ARN = "arn:aws:kms:eu-north-1:123456789012:key/0b1c2d3e-0000-4000-8000-000000000000"
NETWORK = "projects/shop-dev/global/networks/shop"
KEY_RING = "projects/shop-dev/locations/europe-west4/keyRings/shop"
MEMBER = "serviceAccount:api@shop-dev.iam.gserviceaccount.com"
PLACE = {"location": "europe-west4"}

GOOGLE: dict[str, dict[str, Any]] = {
    "gcp:compute/network:Network": {"name": "shop", "autoCreateSubnetworks": False},
    "gcp:compute/subnetwork:Subnetwork": {
        "name": "shop-private",
        "network": NETWORK,
        "ipCidrRange": "10.8.0.0/20",
        "region": "europe-west4",
    },
    "gcp:compute/router:Router": {"network": NETWORK},
    "gcp:compute/routerNat:RouterNat": {
        "router": "shop-router",
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
    },
    "gcp:compute/globalAddress:GlobalAddress": {
        "network": NETWORK,
        "purpose": "VPC_PEERING",
        "addressType": "INTERNAL",
        "prefixLength": 20,
    },
    "gcp:compute/address:Address": {},
    "gcp:compute/route:Route": {"network": NETWORK, "destRange": "199.36.153.8/30"},
    "gcp:compute/firewall:Firewall": {"network": NETWORK, "allows": [{"protocol": "tcp"}]},
    "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy": {"name": "shop"},
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule": {
        "action": "deny",
        "direction": "INGRESS",
        "firewallPolicy": "shop",
        "match": {"srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "all"}]},
        "priority": 65000,
    },
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation": {
        "attachmentTarget": NETWORK,
        "firewallPolicy": "projects/shop-dev/global/firewallPolicies/shop",
        "name": "shop",
    },
    "gcp:servicenetworking/connection:Connection": {
        "network": NETWORK,
        "reservedPeeringRanges": ["shop-services"],
        "service": "servicenetworking.googleapis.com",
    },
    "gcp:networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy": {
        **PLACE,
        "network": NETWORK,
        "serviceClass": "gcp-memorystore",
    },
    "gcp:dns/managedZone:ManagedZone": {"name": "shop", "dnsName": "shop.example.com."},
    "gcp:dns/recordSet:RecordSet": {
        "managedZone": "shop",
        "name": "www.shop.example.com.",
        "type": "A",
        "rrdatas": ["203.0.113.7"],
    },
    "gcp:dns/policy:Policy": {"enableLogging": True},
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": {"domain": "shop.example.com"},
    "gcp:certificatemanager/certificate:Certificate": {
        "managed": {"domains": ["shop.example.com", "*.shop.example.com"]}
    },
    "gcp:container/cluster:Cluster": {
        **PLACE,
        "name": "shop",
        "masterAuth": {"clientCertificateConfig": {"issueClientCertificate": False}},
        "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"allowExternalTraffic": True}},
        "privateClusterConfig": {"enablePrivateNodes": True},
    },
    "gcp:container/nodePool:NodePool": {
        **PLACE,
        "cluster": "projects/shop-dev/locations/europe-west4/clusters/shop",
        "name": "system",
        "initialNodeCount": 1,
    },
    "gcp:gkebackup/backupPlan:BackupPlan": {
        **PLACE,
        "name": "shop",
        "cluster": "projects/shop-dev/locations/europe-west4/clusters/shop",
    },
    "gcp:binaryauthorization/policy:Policy": {
        "defaultAdmissionRule": {
            "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
            "evaluationMode": "ALWAYS_DENY",
        }
    },
    "gcp:sql/databaseInstance:DatabaseInstance": {
        "name": "orders",
        "databaseVersion": "POSTGRES_17",
        "region": "europe-west4",
        "settings": {
            "tier": "db-custom-2-8192",
            "ipConfiguration": {"ipv4Enabled": False, "privateNetwork": NETWORK},
        },
    },
    "gcp:sql/database:Database": {"instance": "orders", "name": "orders"},
    "gcp:sql/user:User": {
        "instance": "orders",
        "name": "api@shop-dev.iam",
        "type": "CLOUD_IAM_SERVICE_ACCOUNT",
    },
    "gcp:memorystore/instance:Instance": {
        **PLACE,
        "instanceId": "sessions",
        "shardCount": 1,
        "desiredAutoCreatedEndpoints": [{"network": NETWORK, "projectId": "shop-dev"}],
    },
    "gcp:storage/bucket:Bucket": {"name": "shop-dev-assets", "location": "EU"},
    "gcp:storage/bucketIAMMember:BucketIAMMember": {
        "bucket": "shop-dev-assets",
        "role": "roles/storage.objectViewer",
        "member": MEMBER,
    },
    "gcp:artifactregistry/repository:Repository": {
        **PLACE,
        "repositoryId": "shop",
        "format": "DOCKER",
    },
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": {
        **PLACE,
        "repository": "shop",
        "role": "roles/artifactregistry.reader",
        "member": MEMBER,
    },
    "gcp:secretmanager/secret:Secret": {"secretId": "token", "replication": {"auto": {}}},
    "gcp:secretmanager/secretIamMember:SecretIamMember": {
        "secretId": "token",
        "role": "roles/secretmanager.secretAccessor",
        "member": MEMBER,
    },
    "gcp:secretmanager/secretVersion:SecretVersion": {
        "secret": "projects/shop-dev/secrets/token",
        "secretData": "x",
    },
    "gcp:pubsub/topic:Topic": {"name": "cluster-events"},
    "gcp:pubsub/topicIAMMember:TopicIAMMember": {
        "topic": "cluster-events",
        "role": "roles/pubsub.publisher",
        "member": MEMBER,
    },
    "gcp:kms/keyRing:KeyRing": {**PLACE, "name": "shop"},
    "gcp:kms/cryptoKey:CryptoKey": {"keyRing": KEY_RING, "name": "database"},
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": {
        "cryptoKeyId": f"{KEY_RING}/cryptoKeys/database",
        "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "member": MEMBER,
    },
    "gcp:serviceaccount/account:Account": {"accountId": "shop-nodes"},
    "gcp:serviceaccount/iAMMember:IAMMember": {
        "serviceAccountId": "projects/shop-dev/serviceAccounts/shop-nodes",
        "role": "roles/iam.workloadIdentityUser",
        "member": "serviceAccount:shop-dev.svc.id.goog[shop/api]",
    },
    "gcp:projects/iAMMember:IAMMember": {
        "project": "shop-dev",
        "role": "roles/logging.logWriter",
        "member": MEMBER,
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": {
        "roleId": "shopDeployer",
        "title": "Deployer",
        "permissions": ["container.clusters.get"],
    },
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": {
        "project": "shop-dev",
        "service": "allServices",
        "auditLogConfigs": [{"logType": "ADMIN_READ"}],
    },
    "gcp:projects/service:Service": {"service": "container.googleapis.com"},
    "gcp:projects/serviceIdentity:ServiceIdentity": {"service": "sqladmin.googleapis.com"},
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {"workloadIdentityPoolId": "github"},
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
        "workloadIdentityPoolId": "github",
        "workloadIdentityPoolProviderId": "actions",
        "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
    },
    "gcp:logging/projectExclusion:ProjectExclusion": {"name": "checks", "filter": "a=b"},
    "gcp:tags/tagKey:TagKey": {"parent": "projects/shop-dev", "shortName": "tier"},
    "gcp:tags/tagValue:TagValue": {"parent": "tagKeys/1", "shortName": "web"},
    "gcp:logging/projectSink:ProjectSink": {
        "name": "audit",
        "destination": "storage.googleapis.com/shop-dev-audit",
    },
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": {
        "project": "shop-dev",
        "location": "europe-west4",
        "bucketId": "audit",
    },
}

AMAZON: dict[str, dict[str, Any]] = {
    "aws:eks/cluster:Cluster": {
        "name": "shop",
        "roleArn": ROLE_ARN,
        "vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]},
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "clusterName": "shop",
        "nodeGroupName": "system",
        "nodeRoleArn": ROLE_ARN,
        "subnetIds": ["subnet-1"],
        "scalingConfig": {"desiredSize": 2, "maxSize": 4, "minSize": 2},
    },
    "aws:eks/addon:Addon": {"clusterName": "shop", "addonName": "vpc-cni"},
    "aws:eks/accessEntry:AccessEntry": {"clusterName": "shop", "principalArn": ROLE_ARN},
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
        "clusterName": "shop",
        "principalArn": ROLE_ARN,
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        "accessScope": {"type": "cluster"},
    },
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
        "clusterName": "shop",
        "namespace": "shop",
        "serviceAccount": "api",
        "roleArn": ROLE_ARN,
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {"name": "shop-system"},
    "aws:ec2/tag:Tag": {"resourceId": "subnet-1", "key": "tier", "value": "private"},
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": {
        "vpcId": "vpc-1",
        "cidrBlock": "100.64.0.0/16",
    },
    "aws:ebs/encryptionByDefault:EncryptionByDefault": {},
    "aws:ebs/defaultKmsKey:DefaultKmsKey": {"keyArn": KEY_ARN},
    "aws:rds/cluster:Cluster": {
        "clusterIdentifier": "orders",
        "engine": "aurora-postgresql",
        "engineVersion": "17.4",
        "manageMasterUserPassword": True,
    },
    "aws:rds/clusterInstance:ClusterInstance": {
        "clusterIdentifier": "orders",
        "engine": "aurora-postgresql",
        "identifier": "orders-1",
        "instanceClass": "db.r7g.large",
    },
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": {
        "name": "orders",
        "family": "aurora-postgresql17",
    },
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": {
        "sourceDbInstanceArn": "arn:aws:rds:eu-north-1:123456789012:db:orders",
        "region": "eu-west-1",
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "replicationGroupId": "sessions",
        "description": "sessions",
        "engine": "valkey",
        "numCacheClusters": 2,
        "transitEncryptionEnabled": True,
    },
    "aws:elasticache/user:User": {
        "userId": "api",
        "userName": "api",
        "engine": "valkey",
        "accessString": "on ~* +@all",
    },
    "aws:elasticache/userGroup:UserGroup": {"userGroupId": "shop", "engine": "valkey"},
    "aws:elasticache/parameterGroup:ParameterGroup": {"name": "sessions", "family": "valkey8"},
    "aws:elasticache/subnetGroup:SubnetGroup": {"name": "sessions", "subnetIds": ["subnet-1"]},
    "aws:s3/bucket:Bucket": {"bucket": "shop-dev-assets"},
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": {
        "bucket": "shop-dev-assets",
        "role": ROLE_ARN,
        "rules": [
            {"status": "Enabled", "destination": {"bucket": "arn:aws:s3:::shop-dev-assets-copy"}}
        ],
    },
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {
        "bucket": "shop-dev-assets"
    },
    "aws:s3/bucketLogging:BucketLogging": {
        "bucket": "shop-dev-assets",
        "targetBucket": "shop-dev-logs",
        "targetPrefix": "assets/",
    },
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": {"blockPublicAcls": True},
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {
        "ecrRepositoryPrefix": "quay",
        "upstreamRegistryUrl": "quay.io",
    },
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": {
        "prefix": "quay",
        "appliedFors": ["PULL_THROUGH_CACHE"],
    },
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": {},
    "aws:kms/key:Key": {"multiRegion": True},
    "aws:kms/replicaKey:ReplicaKey": {
        "primaryKeyArn": "arn:aws:kms:eu-north-1:123456789012:key/mrk-0123456789abcdef",
        "region": "eu-west-1",
    },
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
        "url": "https://token.actions.githubusercontent.com",
        "clientIdLists": ["sts.amazonaws.com"],
    },
    "aws:route53/zone:Zone": {"name": "shop.example.com"},
    "aws:route53/record:Record": {
        "zoneId": "Z0123456789ABCDEFGHIJ",
        "name": "www.shop.example.com",
        "type": "A",
        "ttl": 60,
        "records": ["203.0.113.7"],
    },
    "aws:route53/keySigningKey:KeySigningKey": {
        "hostedZoneId": "Z0123456789ABCDEFGHIJ",
        "keyManagementServiceArn": KEY_ARN,
        "name": "shop",
    },
    "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": {"hostedZoneId": "Z0123456789ABCDEFGHIJ"},
    "aws:route53/queryLog:QueryLog": {
        "zoneId": "Z0123456789ABCDEFGHIJ",
        "cloudwatchLogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/shop",
    },
    "aws:acm/certificate:Certificate": {
        "domainName": "shop.example.com",
        "subjectAlternativeNames": ["*.shop.example.com", "api.example.com", "shop.example.com"],
        "validationMethod": "DNS",
    },
    "aws:acm/certificateValidation:CertificateValidation": {"certificateArn": "arn:aws:acm:x"},
    "aws:cloudtrail/trail:Trail": {"name": "audit", "s3BucketName": "shop-dev-audit"},
    "aws:guardduty/detector:Detector": {"findingPublishingFrequency": "FIFTEEN_MINUTES"},
    "aws:guardduty/detectorFeature:DetectorFeature": {
        "detectorId": "0123456789abcdef0123456789abcdef",
        "name": "EKS_AUDIT_LOGS",
        "status": "ENABLED",
    },
    "aws:accessanalyzer/analyzer:Analyzer": {"analyzerName": "shop"},
    "aws:securityhub/account:Account": {},
    "aws:securityhub/standardsSubscription:StandardsSubscription": {
        "standardsArn": "arn:aws:securityhub:eu-north-1::standards/"
        "aws-foundational-security-best-practices/v/1.0.0"
    },
    "aws:sqs/queue:Queue": {"name": "interruptions"},
    "aws:sqs/queuePolicy:QueuePolicy": {
        "queueUrl": "https://sqs.eu-north-1.amazonaws.com/123456789012/interruptions",
        "policy": "{}",
    },
    "aws:sns/topic:Topic": {"name": "alarms"},
    "aws:cloudwatch/eventRule:EventRule": {"name": "spot", "eventPattern": "{}"},
    "aws:cloudwatch/eventTarget:EventTarget": {
        "rule": "spot",
        "arn": "arn:aws:sqs:eu-north-1:123456789012:interruptions",
    },
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {
        "policyName": "route53",
        "policyDocument": "{}",
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "name": "orders-storage",
        "comparisonOperator": "LessThanThreshold",
        "evaluationPeriods": 3,
    },
    "aws:backup/vault:Vault": {"name": "shop"},
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": {"backupVaultName": "shop"},
    "aws:backup/plan:Plan": {
        "name": "shop",
        "rules": [{"ruleName": "daily", "targetVaultName": "shop"}],
    },
    "aws:backup/selection:Selection": {"iamRoleArn": ROLE_ARN, "planId": "p", "name": "tagged"},
}

"""The service agents of Google Cloud that encrypt with our keys.

Google's services work in a project through accounts of their own, named after its number. A key
is of use to a service only once its agent has been granted it.

Source: "Service agents" in the IAM documentation, and "CMEK integrations" in that of Cloud KMS.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from components.ground import GcpCloud
from components.keys.spec import Purpose


class Agent(StrEnum):
    """The domain of a service agent's address."""

    ARTIFACT_REGISTRY = "gcp-sa-artifactregistry"
    CLOUD_SQL = "gcp-sa-cloud-sql"
    COMPUTE = "compute-system"
    KUBERNETES = "container-engine-robot"
    LOGGING = "gcp-sa-logging"
    MEMORYSTORE = "gcp-sa-memorystore"
    PUBSUB = "gcp-sa-pubsub"
    SECRET_MANAGER = "gcp-sa-secretmanager"  # noqa: S105
    STORAGE = "gs-project-accounts"

    def email(self, cloud: GcpCloud) -> str:
        """The agent's address in the project of ``cloud``."""
        return f"service-{cloud.project_number}@{self}.iam.gserviceaccount.com"


USERS: Final[Mapping[Purpose, tuple[Agent, ...]]] = {
    Purpose.BACKUP: (Agent.CLOUD_SQL, Agent.STORAGE),
    Purpose.CLUSTER: (Agent.KUBERNETES,),
    Purpose.DATA: (Agent.CLOUD_SQL, Agent.MEMORYSTORE),
    Purpose.LOGS: (Agent.LOGGING, Agent.PUBSUB, Agent.STORAGE),
    Purpose.OBJECTS: (Agent.STORAGE,),
    Purpose.REGISTRY: (Agent.ARTIFACT_REGISTRY,),
    Purpose.SECRETS: (Agent.SECRET_MANAGER,),
    Purpose.VOLUMES: (Agent.COMPUTE,),
}

# The agents that a project is without until somebody asks for them, by their service. The others
# come with the service itself. That of Cloud Logging is ready for keys only once somebody has read
# the project's logging settings, which no resource does.
MADE_ON_REQUEST: Final[Mapping[Agent, str]] = {
    Agent.ARTIFACT_REGISTRY: "artifactregistry.googleapis.com",
    Agent.CLOUD_SQL: "sqladmin.googleapis.com",
    Agent.KUBERNETES: "container.googleapis.com",
    Agent.MEMORYSTORE: "memorystore.googleapis.com",
    Agent.PUBSUB: "pubsub.googleapis.com",
    Agent.SECRET_MANAGER: "secretmanager.googleapis.com",
}

# Writes the copies of buckets in the recovery region. It needs no key, as Cloud Storage encrypts
# them; but a project asks for an agent once, and whoever makes copies waits for their key.
COPIER: Final = "storagetransfer.googleapis.com"

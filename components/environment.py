"""The only list of environments."""

from enum import StrEnum


class Environment(StrEnum):
    """Where a stack stands on the way to its users; read only by specs and settings."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"

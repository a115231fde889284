"""Deploys the platform that the settings of the current stack describe."""

from stacks import platform, settings

platform.deploy(settings.load())

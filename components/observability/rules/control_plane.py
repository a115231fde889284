"""The Kubernetes control plane as a stack sees it: its nodes, its kubelets and its API."""

from __future__ import annotations

from typing import Final

from components.observability.rules import api_server, kubelet

GROUPS: Final = (*kubelet.GROUPS, *api_server.GROUPS)

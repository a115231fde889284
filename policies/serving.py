"""How a pack is started: by its own analyzer, or through Pulumi's SDK where that is asked for."""

from __future__ import annotations

import os
from typing import Final

SDK_VARIABLE: Final = "PLINTH_POLICY_SDK"
"""The environment variable that asks for a plain ``PolicyPack`` of the SDK."""


def serve(name: str) -> None:
    """Serve the pack ``name`` to the Pulumi engine until it ends this process."""
    if os.environ.get(SDK_VARIABLE):
        from policies.engine import serve as serve_with_sdk  # noqa: PLC0415 costs its imports

        serve_with_sdk(name)
        return
    from policies.analyzer import serve as serve_analyzer  # noqa: PLC0415

    serve_analyzer(name)

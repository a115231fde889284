"""The colours of a picture, on light and on dark screens."""

from __future__ import annotations

from typing import Final

LIGHT: Final = {
    ".paper": "fill: #ffffff",
    ".title, .name": "fill: #1f2328",
    ".note": "fill: #59636e",
    ".ground": "fill: #f6f8fa; stroke: #8c959f",
    ".tier": "fill: #eaf2fb; stroke: #b6cfe8",
    ".namespace": "fill: #f3effa; stroke: #cbbbe6",
    ".frame": "fill: #fdfdfe; stroke: #8c959f",
    ".component": "fill: #ffffff; stroke: #8c959f",
    ".outside": "fill: #fff8e5; stroke: #bf9b30",
    ".network": "fill: #2f6fb7",
    ".runtime": "fill: #c4661f",
    ".data": "fill: #2c8a57",
    ".security": "fill: #b3365b",
    ".observability": "fill: #7a4fbf",
    ".port": "fill: #1f2328; stroke: #ffffff",
    ".number": "fill: #ffffff",
    ".need": "stroke: #8c959f",
    ".need-head": "fill: #8c959f",
}
DARK: Final = {
    ".paper": "fill: #0d1117",
    ".title, .name": "fill: #f0f6fc",
    ".note": "fill: #9fa8b3",
    ".ground": "fill: #151b23; stroke: #656c76",
    ".tier": "fill: #12263d; stroke: #2b4a6b",
    ".namespace": "fill: #221a38; stroke: #4a3b70",
    ".frame": "fill: #10161e; stroke: #656c76",
    ".component": "fill: #1c232c; stroke: #656c76",
    ".outside": "fill: #2e2611; stroke: #bf9b30",
    ".port": "fill: #f0f6fc; stroke: #0d1117",
    ".number": "fill: #0d1117",
    ".need": "stroke: #767e89",
    ".need-head": "fill: #767e89",
}
CALLS_LIGHT: Final = ("#2f6fb7", "#c4661f", "#2c8a57", "#b3365b", "#7a4fbf", "#0f7c86")
CALLS_DARK: Final = ("#6cb0f5", "#f0a060", "#5cc78e", "#f0799c", "#b493f0", "#4fc4cf")
TINTS: Final = len(CALLS_LIGHT)
"""Colours of calls: each caller has one, and callers share them in turn."""


def style_sheet() -> str:
    """What the classes of a picture's elements look like."""
    light = [f"{selector} {{ {style} }}" for selector, style in LIGHT.items()]
    light += [
        f".call-{n} {{ stroke: {c} }} .head-{n} {{ fill: {c} }}" for n, c in enumerate(CALLS_LIGHT)
    ]
    dark = [f"{selector} {{ {style} }}" for selector, style in DARK.items()]
    dark += [
        f".call-{n} {{ stroke: {c} }} .head-{n} {{ fill: {c} }}" for n, c in enumerate(CALLS_DARK)
    ]
    return "\n".join(["", *light, "@media (prefers-color-scheme: dark) {", *dark, "}", ""])

"""How long logs may be kept."""

from typing import Literal

# What CloudWatch Logs accepts, from a week up. Source: PutRetentionPolicy in the CloudWatch Logs
# API reference, checked 2026-11-21.
LogDays = Literal[
    7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]

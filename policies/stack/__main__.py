"""The policy pack for whole stacks: started by the Pulumi engine, not imported."""  # noqa: INP001

import sys
from pathlib import Path

# The engine starts this file from its own folder, where the rules are not importable.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from policies.serving import serve

serve("stack")

"""Makes the `bench` package importable: it is a tool of the repository and not installed with `autocache`."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

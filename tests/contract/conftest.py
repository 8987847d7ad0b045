"""The contract tests use the same servers as the functional ones."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "functional"))

from fixtures import client, server, start_server  # noqa: E402,F401

"""The fixtures of all functional tests."""

from fixtures import client, server, start_server  # noqa: F401

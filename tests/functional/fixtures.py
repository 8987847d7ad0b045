"""Fixtures: servers that are always stopped, and looked at when they are. Imported by the conftests."""

import pytest

from server import Server


@pytest.fixture(scope="module")
def server(request):
    """One running server for all tests of a file, started with the file's SERVER options."""
    running = Server(**getattr(request.module, "SERVER", {}))
    try:
        running.start()
        yield running
        running.stop()
    finally:
        running.kill()
        running.remove()


@pytest.fixture
def client(server):
    """An administrator's connection to it."""
    with server.connect() as connected:
        yield connected


@pytest.fixture
def start_server():
    """Starts servers of the test's own: start_server(test_clock="2026-01-29T08:00:00+08:00")."""
    started = []

    def start(**options):
        running = Server(**options)
        started.append(running)
        return running.start()

    yield start
    try:
        for running in started:
            running.stop()
    finally:
        for running in started:
            running.kill()
            running.remove()

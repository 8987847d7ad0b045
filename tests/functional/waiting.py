"""For what the server does by itself, at a time of its own."""

import time

SECONDS = 60


def wait_for(happens):
    """Until that is true."""
    deadline = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)

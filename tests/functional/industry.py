"""The packages of scripts/ with their sample business, over the socket with the test clock."""

import json
from datetime import datetime, timedelta, timezone

from server import ROOT

CHINA = timezone(timedelta(hours=8))


def options(package, test_clock):
    """What a test file's SERVER has for a server with that package alone."""
    return {"configuration": {"packages": {"enable": [package]}}, "test_clock": test_clock,
            "arguments": ["--packages", str(ROOT / "scripts")]}


def instant(text):
    """Milliseconds of a time as the clocks in China show it."""
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


def add_staff(client, *names):
    for name in names:
        client.call("user.create", user=name, password="Kx7-trübe-Gasse", roles=["staff"])


def become(server, user):
    """A connection of that member of the staff."""
    client = server.connect()
    client.call("session.become", user=user)
    client.call("session.hello", client="test", errors="map")
    return client


def load_sample(server, package):
    """The package's sample business, as one change; its results."""
    calls = json.loads((ROOT / "scripts" / package / "sample" / "business.json").read_text())
    with server.connect() as client:
        return client.call("batch.run", **calls)["results"]

"""The disk is full: reads go on, writes answer STORAGE_FULL, nothing acknowledged is lost, and when there
is room again the server takes writes again by itself."""

import time

import pytest

from client import RpcError
from crashing import SMALL_STORE, TEST_CLOCK, holds, verify
from ledger import Ledger, Request
from mounts import enter_namespace, fill, mount_ext4, mount_tmpfs, unmount
from server import Server

DISK_MIB = 128
TEXT = "满" * 15_000  # of each record
WRITES = 4000  # at most, before the disk must be full
RESUME_SECONDS = 60


class Small:
    """A server whose data lie on a disk of its own, and one client that makes customers."""

    def __init__(self, mount):
        enter_namespace()
        self.server = Server(SMALL_STORE, TEST_CLOCK)
        self.disk = self.server.folder / "disk"
        self.disk.mkdir()
        mount(self.disk, DISK_MIB)
        self.server.data = self.disk / "data"
        self.ballast = self.disk / "ballast"
        self.ledger = Ledger()
        self.number = 0

    def write(self, client):
        """The code of the error, or None."""
        self.number += 1
        key = f"n{self.number}"
        request = Request("record.create", key, {
            "type": "customer", "values": {"name": key, "note": TEXT}})
        self.ledger.sent(self.number, request)
        try:
            result = client.call(request.op, **request.params, idempotency_key=key)
        except RpcError as error:
            self.ledger.answered(self.number, error.raw, None)
            return error.code
        self.ledger.answered(self.number, None, result)
        return None

    def write_until_full(self, client):
        for _ in range(WRITES):
            code = self.write(client)
            if code is not None:
                assert code == "STORAGE_FULL", code
                return
        raise AssertionError(f"the disk is full, and {WRITES} writes found room")

    def write_when_resumed(self, client):
        deadline = time.monotonic() + RESUME_SECONDS
        while self.write(client) is not None:
            assert time.monotonic() < deadline, "there is room again, and it takes no writes"
            time.sleep(0.05)

    def check_reads(self, client):
        names = {request.key for request, _ in self.ledger.acknowledged()}
        last = max(result["id"] for _, result in self.ledger.acknowledged())
        assert client.call("record.get", type="customer", id=last)["name"] in names
        assert client.call("record.count", type="customer")["count"] == len(names)

    def check_data(self):
        self.ledger.check(holds(self.server.data), self.ledger.acknowledged(),
                          self.ledger.refused())
        verify(self.server.data)

    def remove(self):
        self.server.kill()
        unmount(self.disk)
        self.server.remove()


@pytest.fixture(params=(mount_tmpfs, mount_ext4))
def small(request):
    made = Small(request.param)
    yield made
    made.remove()


def fill_up(small, client):
    for _ in range(3):
        assert small.write(client) is None
    fill(small.ballast)
    small.write_until_full(client)
    small.check_reads(client)
    assert small.write(client) == "STORAGE_FULL"


def test_full_and_free_again(small):
    with small.server.start().connect() as client:
        fill_up(small, client)
        small.ballast.unlink()
        small.write_when_resumed(client)
        small.check_reads(client)
    small.server.kill()
    small.check_data()


def test_killed_and_started_while_full(small):
    with small.server.start().connect() as client:
        fill_up(small, client)
    small.server.kill()
    with small.server.start().connect() as client:
        small.check_reads(client)
        small.write_until_full(client)
        small.ballast.unlink()
        small.write_when_resumed(client)
    small.server.kill()
    small.check_data()

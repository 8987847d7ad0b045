"""Power cuts: a server works under the recorder, and images of what its disk may hold at some moment
are opened and compared with what its clients had been told by then.

HAOKE_CRASH_IMAGES images (500), over recordings of about a hundred each, from HAOKE_TEST_SEED (1).
"""

import bisect
import os
import pathlib
import re
import shutil

import pytest

import recording
from business import Business, close_shop, open_shop
from crashing import ROOT, Images, RecordedServer
from ledger import Holds, Ledger, Violation

IMAGES = int(os.environ.get("HAOKE_CRASH_IMAGES", "500"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
IMAGES_OF_RECORDING = 100
MUTANT_IMAGES = 300
MUTANT = re.compile(r'base_mutant\("(store\.\w+)"\)')


class Recorded:
    """One run of a server: its log, and who had been told what at which byte of it."""

    def __init__(self, name, environment=None):
        self.ledger = Ledger()
        self.server = RecordedServer(environment=environment)
        try:
            business = Business(self.server.start())
            close_shop(open_shop(self.server, business, self.ledger, name))
        finally:
            self.server.kill()
        self.replies = list(recording.replies(self.server.recording))
        self.ends = [reply.end for reply in self.replies]

    def told_by(self, happened):
        """What clients knew when so many bytes of the log had happened."""
        known = self.replies[:bisect.bisect_right(self.ends, happened)]
        known = [(self.ledger.requests[reply.number], reply) for reply in known
                 if reply.number in self.ledger.requests]
        acknowledged = [(request, reply.result) for request, reply in known if reply.error is None]
        refused = {request.key for request, reply in known if reply.error is not None}
        return acknowledged, refused

    def check(self, image):
        if image.status != 0:
            raise Violation(f"{image}: status {image.status}: {image.told.decode()}")
        try:
            self.ledger.check(Holds(image.told), *self.told_by(image.happened))
        except Violation as violation:
            raise Violation(f"{image}: {violation}") from None

    def check_images(self, seed, count):
        """How many were checked, and how many acknowledged requests they had to hold."""
        checked = 0
        with Images(self.server.recording, None, seed, count) as images:
            for image in images:
                self.check(image)
                checked += 1
        return checked

    def remove(self):
        self.server.remove()


def check_recording(number, count, environment=None):
    recorded = Recorded(f"r{number}", environment)
    try:
        return recorded.check_images(SEED * 1000 + number, count)
    finally:
        recorded.remove()


def test_nothing_acknowledged_is_lost():
    checked = number = 0
    while checked < IMAGES:
        checked += check_recording(number, min(IMAGES_OF_RECORDING, IMAGES - checked))
        number += 1


def mutants():
    sources = sorted(pathlib.Path(ROOT / "core" / "store").glob("*.c"))
    return sorted({name for path in sources for name in MUTANT.findall(path.read_text())})


@pytest.mark.parametrize("mutant", mutants())
def test_mutants_are_caught(mutant):
    with pytest.raises(Violation):
        for number in range(3):
            check_recording(number, MUTANT_IMAGES // 3, {"HAOKE_MUTANT": mutant})

"""Power cuts: a server works under the recorder, and images of what its disk may hold at some moment
are opened and compared with what its clients had been told by then.

HAOKE_CRASH_IMAGES images (500), over recordings of about a hundred each, from HAOKE_TEST_SEED (1).
"""

import os
import shutil

import pytest

from crashing import MUTANT, named
from ledger import Violation
from recorded import Recorded, Recovered

IMAGES = int(os.environ.get("HAOKE_CRASH_IMAGES", "500"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
IMAGES_OF_RECORDING = 100
SECOND_CUT_EVERY = 50  # images
IMAGES_OF_SECOND_CUT = 10
MUTANT_RECORDINGS = 3
SEEN_BY_READS = "store.view_without_handshake"  # test_views.py
MUTANTS = [name for name in named(MUTANT) if name != SEEN_BY_READS]


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


def test_nothing_is_lost_in_a_second_cut():
    """Servers go on with images, and their own disks are cut again: in recovery, and after it."""
    first = Recorded("again")
    try:
        with first.images_kept(SEED, max(2, IMAGES // SECOND_CUT_EVERY)) as images:
            for image in images:
                check_recovered(first, image)
    finally:
        first.remove()


def check_recovered(first, image):
    recovered = Recovered(first, image)
    try:
        recovered.check_images(image.happened, IMAGES_OF_SECOND_CUT)
    finally:
        recovered.remove()
    shutil.rmtree(image.path)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_caught(mutant):
    with pytest.raises(Violation) as caught:
        for number in range(MUTANT_RECORDINGS):
            check_recording(number, IMAGES_OF_RECORDING, {"HAOKE_MUTANT": mutant})
    print(f"{mutant}: {caught.value}")

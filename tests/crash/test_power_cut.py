"""Power cuts: a server works under the recorder, and images of what its disk may hold at some moment
are opened and compared with what its clients had been told by then.

HAOKE_CRASH_IMAGES images (500), over recordings of about a hundred each, from HAOKE_TEST_SEED (1).
"""

import os
import pathlib
import re
import shutil

import pytest

from crashing import ROOT
from ledger import Violation
from recorded import Recorded, Recovered

IMAGES = int(os.environ.get("HAOKE_CRASH_IMAGES", "500"))
SEED = int(os.environ.get("HAOKE_TEST_SEED", "1"))
IMAGES_OF_RECORDING = 100
SECOND_CUT_EVERY = 50  # images
IMAGES_OF_SECOND_CUT = 10
MUTANT_RECORDINGS = 3
MUTANT = re.compile(r'base_mutant\("(store\.\w+)"\)')


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


def mutants():
    """All that are built into the store."""
    sources = sorted(pathlib.Path(ROOT / "core" / "store").glob("*.c"))
    return sorted({name for path in sources for name in MUTANT.findall(path.read_text())})


@pytest.mark.parametrize("mutant", mutants())
def test_mutants_are_caught(mutant):
    with pytest.raises(Violation) as caught:
        for number in range(MUTANT_RECORDINGS):
            check_recording(number, IMAGES_OF_RECORDING, {"HAOKE_MUTANT": mutant})
    print(f"{mutant}: {caught.value}")

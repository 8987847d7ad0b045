"""What the documents show is what happens."""

import pathlib

import pytest

from document import Reader

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def reader(tmp_path):
    made = []

    def make(**options):
        made.append(Reader(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_the_tutorial_leads_to_a_package(reader):
    counts = reader().read(DOCS / "tutorial.md")
    assert counts["lua"] >= 10 and counts["sh"] >= 8 and counts["text"] >= 7


def test_the_package_of_the_lua_api_is_made_tested_and_served(reader):
    counts = reader(below="scripts").read(DOCS / "lua-api.md")
    assert counts == {"lua": 4, "sh": 3, "text": 2}

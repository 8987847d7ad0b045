"""Every requirement that is promised has a test, every id that is cited is known, and the page says so."""

import pytest

import requirements

DATA = requirements.read_data()
IDS = requirements.pattern(DATA)


def test_the_page_is_current():
    assert requirements.PAGE.read_text() == requirements.page(), \
        "docs/reference/requirements.md is old: run tests/contract/requirements.py"


def test_what_is_promised_is_tested():
    """By a test that names it: a citation at the head of a file says nothing of what is asserted."""
    found = requirements.find_tests(IDS)
    promised = requirements.cited("\n".join(DATA["tested"]), IDS)
    bare = [one for one in sorted(promised)
            if all(names == [requirements.WHOLE] for names in found.get(one, {}).values())]
    assert not bare, f"no test cites {' '.join(bare)}"


def test_every_id_is_known():
    known = requirements.titles(DATA)
    found = {**requirements.find_tests(IDS), **requirements.find_code(IDS)}
    unknown = {one: found[one] for one in sorted(found) if one not in known}
    assert not unknown, f"tests/contract/requirements.json has no title for {unknown}"


def test_nothing_is_listed_that_nobody_cites():
    found = {**requirements.find_tests(IDS), **requirements.find_code(IDS)}
    idle = [one for one in requirements.titles(DATA) if one not in found]
    assert not idle, f"neither a test nor a source cites {' '.join(idle)}"


# --- how citations are read -------------------------------------------------------------------------------


@pytest.mark.parametrize("text, ids", [
    ("REV-01, C-05: x", {"REV-01", "C-05"}),
    ("CMP-01 to CMP-03", {"CMP-01", "CMP-02", "CMP-03"}),
    ("CMP-01 … CMP-03", {"CMP-01", "CMP-02", "CMP-03"}),
    ("UTF-08 XC-01 C-011 SC-E-01", set()),
])
def test_citations(text, ids):
    assert requirements.cited(text, IDS) == ids


def test_a_test_is_read_with_what_stands_above_it():
    python = '# REV-01\n@mark\ndef test_one():\n    """C-01"""\n\n\ndef other():\n    """C-02"""\n'
    assert [(name, requirements.cited(text, IDS)) for name, text in requirements.python_tests(python)] == [
        ("test_one", {"REV-01", "C-01"})]
    c = "/* REV-01. */\nstatic void one(void **state) {\n  /* C-01 */\n}\n\nstatic void two(void **state) {\n}\n"
    assert [(name, requirements.cited(text, IDS)) for name, text in requirements.c_tests(c)] == [
        ("one", {"REV-01", "C-01"}), ("two", set())]
    lua = 'crm.test("REV-01, C-01: an order", function(t)\n  -- C-02\nend)\n'
    assert [(name, requirements.cited(text, IDS)) for name, text in requirements.lua_tests(lua)] == [
        ("an order", {"REV-01", "C-01", "C-02"})]

"""What clients rely on has not changed by accident, and the reference says what the server does."""

import json

import pytest

import reference


@pytest.fixture(scope="module")
def described():
    return reference.describe()


def differences(old, new, path=""):
    """Where two signatures differ, one line each."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif old != new:
        yield f"{path}: {json.dumps(old)} → {json.dumps(new)}"


def test_signatures_of_level_1(described):
    """A signature that changed breaks clients that are out there: give the op a new name, or the change a
    new level. While level 1 is not released, tests/contract/reference.py writes the file anew."""
    recorded = json.loads(reference.LEVEL.read_text())
    found = list(differences(recorded, reference.signatures(described)))
    assert not found, "\n".join(found)


def test_every_op_is_documented(described):
    for op in described["ops"]:
        assert op["doc"] and op["doc_zh"], op["name"]
        assert op["since"], op["name"]
        for field in op["params"]:
            assert field.get("doc") or field.get("label"), f"{op['name']}.{field['name']}"


def test_every_field_has_labels(described):
    for kind in described["types"]:
        for field in kind["fields"]:
            assert field.get("label", {}).get("zh"), f"{kind['name']}.{field['name']}"
            assert field.get("label", {}).get("en"), f"{kind['name']}.{field['name']}"


def test_reference_pages_are_current(described):
    for name, text in reference.pages(described).items():
        written = (reference.REFERENCE / name).read_text()
        assert written == text, f"docs/reference/{name} is old: run tests/contract/reference.py"

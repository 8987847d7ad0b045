"""Every param of every op and every field of every type, as api.describe tells them: what is unknown, of
another kind, or beyond its bounds by one is refused with the right code, and the field is named; what lies
within is not. An op or field that is added later is asked about here without a word."""

import itertools

import pytest

SERVER = {}
FIELD_BYTES = 65536  # one field of a record
OWN_FORM = {("backup.run", "path")}  # what is not a path at all is refused within the bounds too

# --- values -----------------------------------------------------------------------------------------


def good(field):
    """A value that the field takes."""
    kind = field["kind"]
    least = field.get("min", 0)
    if kind in ("list", "tags"):
        return [element(field, number) for number in range(max(least, 0))]
    if kind == "map":
        return {sub["name"]: good(sub) for sub in field.get("fields", []) if sub.get("required")}
    if kind in ("integer", "money", "duration", "reference", "datetime"):
        return max(least, 1) if field.get("max", 1) >= 1 else field["max"]
    return {"text": "x" * max(least, 1), "address": "济南", "phone": "13800001001", "boolean": True,
            "date": "2026-03-07", "lunar_date": "2026-01-01", "decimal": "1.5", "tree": "山东",
            "email": "a@example.com", "any": 1,
            "file": {"sha256": "0" * 64, "size": 1, "name": "a", "media": "text/plain"},
            "choice": field.get("choices", [""])[0], "states": field.get("choices", [""])[0]}[kind]


def element(field, number):
    """The number-th element of a list; those of tags must differ."""
    if field["kind"] == "tags" or field.get("of") == "text":
        return f"x{number}"
    return good({"kind": field["of"], **{k: field[k] for k in ("fields", "to", "choices") if k in field}})


def wrong(field):
    """Values of other kinds."""
    return {
        "text": [7, True, [], {}], "address": [7], "phone": [7, "abc"], "email": [7, "nobody"],
        "integer": ["1", 1.5, True, []], "money": ["1", 1.5], "duration": ["1", -1],
        "reference": ["x", 0, -1], "datetime": [True, {}], "boolean": [1, "true"],
        "date": [7, "2026-02-30", "2026-13-01", "07.03.2026"], "lunar_date": [7, "2026-13-01"],
        "decimal": ["x", True], "tree": [7, "/"], "choice": ["no such choice", 7],
        "states": ["no such state", 7], "list": [{"x": 1}, "x", 7], "tags": ["x", 7, [7]],
        "map": [[1], "x", 7], "file": ["x", {"sha256": "x"}], "any": [],
    }[field["kind"]]


def at_bound(field, value):
    """A value whose size is that bound, or None where it cannot be made or be sent."""
    kind = field["kind"]
    if kind in ("integer", "money", "duration", "reference", "datetime"):
        return value if -2**63 <= value < 2**64 else None
    if value < 0:
        return None
    if kind in ("list", "tags"):
        return [element(field, number) for number in range(value)]
    if kind in ("text", "address"):
        return "x" * value if value <= FIELD_BYTES * 2 else None
    return None


def bounds(field):
    """(value, whether the field takes it): at each bound, and beyond by one."""
    for key, step in (("min", -1), ("max", 1)):
        if key not in field:
            continue
        if key == "min" and field["min"] == 0 and field.get("required") and field["kind"] == "text":
            continue  # what must be given may not be empty
        for value, fine in ((field[key], True), (field[key] + step, False)):
            made = at_bound(field, value)
            if made is not None:
                yield made, fine


def within(fields, path=""):
    """(path, field, wrap) of the fields and of all that lie inside; wrap puts a value at its place."""
    for field in fields:
        own = path + field["name"]
        yield own, field, lambda value, f=field: {f["name"]: value}
        inner = field.get("fields", [])
        listed = field["kind"] == "list"
        for sub, described, wrap in within(inner, own + ("[0]." if listed else ".")):
            whole = {each["name"]: good(each) for each in inner if each.get("required")}
            yield sub, described, lambda value, f=field, w=wrap, b=whole, l=listed: {
                f["name"]: [{**b, **w(value)}] if l else {**b, **w(value)}}


@pytest.fixture(scope="module")
def described(server):
    with server.connect() as client:
        client.call("record.create", type="customer", values={"name": "王秀兰"})
        client.call("record.create", type="product", values={"name": "天宇保健茶"})
        return client.call("api.describe")


def names(error, path):
    """The error is about that field, or about the list or map it stands in, or a part of it."""
    return error.field is not None and (error.field == path or error.field.startswith((path + "[", path + ".")))


# --- ops --------------------------------------------------------------------------------------------


def required(op):
    return {field["name"]: good(field) for field in op["params"] if field.get("required")}


def op_cases(op):
    """(path, params) of what must be refused."""
    base = required(op)
    yield "no_such_param", {**base, "no_such_param": 1}
    for path, field, wrap in within(op["params"]):
        for value in itertools.chain(wrong(field), (v for v, fine in bounds(field) if not fine)):
            yield path, {**base, **wrap(value)}
        if field["kind"] == "map" and field.get("fields"):
            yield f"{path}.no_such_key", {**base, **wrap({**good(field), "no_such_key": 1})}
    for name in base:
        yield name, {key: value for key, value in base.items() if key != name}


def test_what_ops_refuse_is_named(server, described):
    faults = []
    with server.connect() as client:
        client.call("session.hello", errors="map", lang="en")
        assert sum(1 for op in described["ops"] for _ in op_cases(op)) > 500
        for op in described["ops"]:
            for path, params in op_cases(op):
                try:
                    error = client.error(op["name"], **params)
                except AssertionError as fault:
                    faults.append(f"{fault} of {str(params)[:200]}")
                    continue
                if error.code != "INVALID_ARGUMENT" or not names(error, path) or \
                        error.field.split(".")[-1].split("[")[0] not in error.text:
                    faults.append(f"{op['name']} {path}={str(params)[:120]}: {error} ({error.field})")
    assert not faults, "\n".join(faults)


def test_what_ops_take_at_their_bounds_is_not_refused(start_server, described):
    """Whatever else may be wrong with the call."""
    faults = []
    server = start_server(**SERVER)
    for op in described["ops"]:
        for path, field, wrap in within(op["params"]):
            for value in (v for v, fine in bounds(field) if fine):
                with server.connect() as client:
                    client.call("session.hello", errors="map", lang="en")
                    number = client.send(op["name"], **{**required(op), **wrap(value)})
                    try:
                        client.result(number)
                    except Exception as error:
                        refused = getattr(error, "code", "") == "INVALID_ARGUMENT" and error.field == path
                        if refused and (op["name"], path) not in OWN_FORM:
                            faults.append(f"{op['name']} {path}={str(value)[:80]}: {error}")
    assert not faults, "\n".join(faults)


# --- types ------------------------------------------------------------------------------------------


def type_cases(kind):
    base = {field["name"]: good(field) for field in kind["fields"] if field.get("required")}
    yield "no_such_field", {**base, "no_such_field": 1}, False
    closed = [field for field in kind["fields"] if field.get("readonly")]
    for field in closed:
        yield field["name"], {**base, field["name"]: good(field)}, False
    for path, field, wrap in within([field for field in kind["fields"] if field not in closed]):
        for value in wrong(field):
            yield path, {**base, **wrap(value)}, False
        for value, fine in bounds(field):
            yield path, {**base, **wrap(value)}, fine
        if field["kind"] in ("text", "address") and "max" not in field:
            yield path, {**base, **wrap("x" * FIELD_BYTES)}, True
            yield path, {**base, **wrap("x" * (FIELD_BYTES + 1))}, False
    for name in base:
        yield name, {key: value for key, value in base.items() if key != name}, False


def writable(kind):
    """By record.create with any values: the others have ops of their own, or rules that look names up."""
    return kind["name"] not in ("type", "job", "failure", "delivery", "package", "user", "role", "team", "token",
                                "read_log")


def test_what_types_refuse_is_named(server, described):
    faults = []
    with server.connect() as client:
        client.call("session.hello", errors="map", lang="en")
        for kind in filter(writable, described["types"]):
            cases = list(type_cases(kind))
            assert len(cases) > len(kind["fields"])
            for path, values, fine in cases:
                said = None
                try:
                    client.call("record.create", type=kind["name"], values=values, dry_run=True)
                except Exception as error:
                    said = error
                named = said is not None and said.code in ("VALIDATION_FAILED", "INVALID_ARGUMENT",
                                                           "REFERENCE_MISSING") and names(said, path)
                if named == fine:
                    faults.append(f"{kind['name']} {path}={str(values)[:120]}: {said} "
                                  f"({getattr(said, 'field', None)})")
    assert not faults, "\n".join(faults)

"""Writes the corpus of request_fuzz: a byte that says who asks, and behind it requests as clients send them."""

import pathlib

import msgpack

CORPUS = pathlib.Path(__file__).parent / "corpus" / "request"

CUSTOMER = {"name": "王秀兰", "phone": "138-0000-1001"}

REQUESTS = {
    "ping": [("server.ping", {})],
    "info": [("server.info", {}), ("server.metrics", {}), ("server.ready", {})],
    "create": [("record.create", {"type": "customer", "values": CUSTOMER}),
               ("record.get", {"type": "customer", "id": 1})],
    "duplicate": [("record.create", {"type": "customer", "values": CUSTOMER})] * 2,
    "update": [("record.update", {"type": "customer", "id": 1, "values": {"note": "回访"}}),
               ("record.update", {"type": "customer", "id": 1, "version": 9, "values": {}})],
    "find": [("record.find", {"type": "customer", "where": {"name": {"starts": "王"}},
                              "order": ["-id"], "fields": ["name"], "limit": 5})],
    "count": [("record.count", {"type": "customer", "where": {}})],
    "delete": [("record.delete", {"type": "customer", "id": 1}),
               ("record.restore", {"type": "customer", "id": 1}),
               ("record.purge", {"type": "customer", "id": 1})],
    "order": [("record.create", {"type": "product", "values": {"name": "海参肽", "price": 29800}}),
              ("order.create", {"customer": 1, "lines": [{"product": 1, "quantity": 2}]})],
    "merge": [("record.merge", {"type": "customer", "survivor": 1, "id": 2})],
    "link": [("record.link", {"type": "customer", "id": 1, "name": "knows", "to": 2})],
    "batch": [("batch.run", {"calls": [{"op": "server.ping", "params": {}}]})],
    "search": [("record.search", {"text": "wxl", "types": ["customer"]})],
    "dry-run": [("record.create", {"type": "task", "values": {"title": "回访"}, "dry_run": True})],
    "idempotent": [("record.create", {"type": "customer", "values": {"name": "孙伟"},
                                      "idempotency_key": "a1"})] * 2,
    "user": [("user.create", {"user": "lijing", "password": "jinan2026", "roles": ["staff"]}),
             ("auth.login", {"user": "lijing", "password": "jinan2026"})],
    "hello": [("session.hello", {"lang": "en", "errors": "map", "client": "fuzz"})],
    "history": [("record.history", {"type": "customer", "id": 1}), ("journal.read", {"limit": 3})],
    "describe": [("api.describe", {})],
    "export": [("export.read", {"type": "customer", "format": "csv"})],
    "import": [("import.start", {"type": "customer", "format": "csv", "dry_run": True})],
    "clock": [("clock.get", {}), ("clock.advance", {"to": "2026-03-08T10:00:00+08:00"})],
    "type": [("type.extend", {"type": "customer", "fields": [{"name": "hobby", "kind": "text"}]})],
    "calendar": [("calendar.working_day", {"from": "2026-03-07", "days": 3})],
    "unknown": [("customer.fnid", {})],
}


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for number, (name, calls) in enumerate(REQUESTS.items()):
        data = b"".join(msgpack.packb([0, at, op, [params]]) for at, (op, params) in enumerate(calls))
        (CORPUS / name).write_bytes(bytes([number % 2]) + data)
        (CORPUS / f"{name}-stranger").write_bytes(b"\x02" + data)
    odd = {
        "no-params": msgpack.packb([0, 1, "server.ping", []]),
        "notification": msgpack.packb([2, "server.ping", [{}]]),
        "response": msgpack.packb([1, 1, None, {}]),
        "no-array": msgpack.packb({"op": "server.ping"}),
        "wrong-id": msgpack.packb([0, -1, "server.ping", [{}]]),
        "two-params": msgpack.packb([0, 1, "server.ping", [{}, {}]]),
        "cut": msgpack.packb([0, 1, "record.get", [{"type": "customer", "id": 1}]])[:-3],
        "garbage": b"\xc1\xc1\xc1",
    }
    for name, data in odd.items():
        (CORPUS / name).write_bytes(b"\x00" + data)


if __name__ == "__main__":
    main()

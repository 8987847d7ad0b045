"""The protocol as any client meets it: envelopes, sessions, order, login, and what is refused."""

import socket
import time

import msgpack
import pytest

from client import Closed, RpcError, request
from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}
LARGEST_ID = 2**32 - 1


def customer(name, **values):
    return {"type": "customer", "values": {"name": name, **values}}


def metric(client, name):
    return client.call("server.info")["metrics"].get(name, 0)


# --- session --------------------------------------------------------------------------------------


def test_ping_and_info_without_any_greeting(client):
    client.call("server.ping")
    info = client.call("server.info")
    assert {"version", "epoch", "clock", "limits"} <= info.keys()


def test_the_owner_of_the_server_is_administrator_on_the_unix_socket(client):
    who = client.call("session.whoami")
    assert who["administrator"] is True
    assert who["user"]


def test_errors_are_texts_with_a_code_in_front(client):
    error = client.error("record.get", type="customer", id=999_999_999)
    assert isinstance(error.raw, str)
    assert error.code == "NOT_FOUND"
    assert error.text


def test_errors_are_maps_for_who_asked(client):
    client.call("session.hello", client="test", errors="map", lang="en")
    error = client.error("record.create", type="customer", values={})
    assert error.code == "VALIDATION_FAILED"
    assert "name" in error.field
    assert error.retry is False
    client.call("session.hello", errors="string")
    assert isinstance(client.error("record.create", type="customer", values={}).raw, str)


def test_texts_come_in_the_language_of_the_session(client):
    chinese = client.error("record.get", type="customer", id=999_999_999).text
    client.call("session.hello", lang="en")
    english = client.error("record.get", type="customer", id=999_999_999).text
    assert any(ord(c) > 0x2E80 for c in chinese)
    assert all(ord(c) < 0x2E80 for c in english)


def test_instants_in_texts_are_in_the_zone_of_the_session(client):
    """Days stay those of the business."""
    plain = client.call("clock.get")
    assert plain["text"].endswith("+08:00")
    client.call("session.hello", timezone="America/New_York")
    there = client.call("clock.get")
    assert there["text"][-6:] in ("-04:00", "-05:00")
    assert (there["today"], there["timezone"]) == (plain["today"], "Asia/Shanghai")
    assert client.call("session.whoami")["timezone"] == "America/New_York"
    client.call("session.hello", errors="map")
    error = client.error("session.hello", timezone="Asia/Jinan")
    assert "Asia/Jinan" in error.text and error.field == "timezone"


def test_an_unknown_op_is_named_with_its_nearest(client):
    error = client.error("record.creat")
    assert error.code == "UNKNOWN_METHOD"
    assert "record.create" in error.text


def test_ids_are_any_unsigned_32_bit_integer(client):
    for number in (0, 1, 127, 128, 65_536, LARGEST_ID):
        client.raw(request(number, "server.ping"))
        client.result(number)


@pytest.mark.parametrize("params", [[None], [1], ["x"], [[]], [{}, {}], [{"a": 1}, None]])
def test_params_of_another_form_cost_only_the_request(client, params):
    client.raw(msgpack.packb([0, 77, "server.ping", params]))
    with pytest.raises(Exception, match="^BAD_REQUEST: "):
        client.result(77)
    client.call("server.ping")


def test_an_empty_map_is_as_good_as_none(client):
    client.raw(request(78, "server.ping", {}))
    client.result(78)


# --- order ----------------------------------------------------------------------------------------


def test_200_requests_in_one_packet_are_all_answered(client):
    numbers = [client.next_id() for _ in range(200)]
    client.raw(b"".join(request(number, "server.ping") for number in numbers))
    client.collect(numbers)


def test_a_read_sees_the_writes_sent_before_it(client):
    """create and get in one packet, fifty times over: PLT of the contract."""
    first = client.call("record.create", **customer("济南天宇药店"))["id"]
    packet, pairs = b"", []
    for step in range(50):
        create, get = client.next_id(), client.next_id()
        name = f"李明{step}"
        packet += request(create, "record.create", customer(name))
        packet += request(get, "record.get", {"type": "customer", "id": first + 1 + step})
        pairs.append((create, get, name))
    client.raw(packet)
    for create, get, name in pairs:
        assert client.result(create)["name"] == name
        assert client.result(get)["name"] == name


def test_a_read_does_not_overtake_but_others_do_not_wait_for_it(client, server):
    """A refused write between them must not let the read pass the one that is still under way."""
    base = client.call("record.create", **customer("王芳"))["id"]
    for step in range(20):
        numbers = [client.next_id() for _ in range(3)]
        client.raw(
            request(numbers[0], "record.create", customer(f"张伟{step}"))
            + request(numbers[1], "record.create", {"type": "no_such_type", "values": {}})
            + request(numbers[2], "record.get", {"type": "customer", "id": base + 1 + step})
        )
        assert client.result(numbers[2])["name"] == f"张伟{step}"
        assert client.result(numbers[0])["id"] == base + 1 + step
        with pytest.raises(Exception):
            client.result(numbers[1])


def test_a_dry_run_sees_the_writes_sent_before_it(client):
    base = client.call("record.create", **customer("赵敏"))["id"]
    create, update = client.next_id(), client.next_id()
    values = {"type": "customer", "id": base + 1, "values": {"name": "周雯"}, "dry_run": True}
    client.raw(
        request(create, "record.create", customer("周文")) + request(update, "record.update", values)
    )
    assert client.result(update)["changes"][0]["before"]["name"] == "周文"
    assert client.call("record.get", type="customer", id=base + 1)["name"] == "周文"


def test_what_follows_a_session_op_is_asked_in_the_new_session(client, server):
    client.call("user.create", user="李静", password="qingfeng-2026", roles=["staff"])
    numbers = [client.next_id() for _ in range(5)]
    client.raw(
        request(numbers[0], "record.create", customer("陈晨"))
        + request(numbers[1], "session.whoami")
        + request(numbers[2], "session.become", {"user": "李静"})
        + request(numbers[3], "session.whoami")
        + request(numbers[4], "user.list")
    )
    assert client.result(numbers[1])["administrator"] is True
    who = client.result(numbers[3])
    assert (who["user"], who["administrator"]) == ("李静", False)
    with pytest.raises(Exception, match="^PERMISSION_DENIED: "):
        client.result(numbers[4])
    client.collect([numbers[0], numbers[2]])


def test_more_than_may_be_under_way_is_taken_all_the_same(client):
    """Beyond limits.outstanding the server stops reading, and goes on when replies have left."""
    numbers = [client.next_id() for _ in range(3000)]
    packet = b"".join(
        request(number, "record.create", customer(f"客户{number}"))
        if number % 3 == 0
        else request(number, "record.count", {"type": "customer"})
        for number in numbers
    )
    client.raw(packet)
    assert len(client.collect(numbers)) == 3000


def test_replies_nobody_takes_stop_only_their_own_connection(server, client):
    """limits.output_bytes: a client that asks and does not listen is not read any further."""
    record = client.call("record.create", **customer("大客户", note="很长" * 8000))["id"]
    with server.connect() as deaf, server.connect() as other:
        deaf.socket.settimeout(0.5)
        packet = request(1, "record.get", {"type": "customer", "id": record}) * 100
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                deaf.socket.sendall(packet)
        before = server.resident_bytes()
        for _ in range(50):
            other.call("record.get", type="customer", id=record)
        assert server.resident_bytes() - before < 32 << 20


def test_a_request_that_dribbles_in_is_answered(client):
    for byte in request(9, "record.count", {"type": "customer"}):
        client.raw(bytes([byte]))
    assert client.result(9)["count"] >= 0


# --- login ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def staff(server):
    with server.connect() as administrator:
        administrator.call(
            "user.create", user="wangfang", password="liu-li-tai-1931", roles=["staff"]
        )
    return {"user": "wangfang", "password": "liu-li-tai-1931"}


def test_before_login_tcp_answers_only_what_is_open(server):
    with server.connect_tcp() as stranger:
        stranger.call("server.ping")
        stranger.call("session.hello", client="test")
        for op in ("server.info", "session.whoami", "record.get", "api.describe", "no.such_op"):
            assert stranger.error(op).code == "UNAUTHENTICATED", op


def test_login_over_tcp(server, staff):
    with server.connect_tcp() as client:
        client.call("auth.login", **staff)
        who = client.call("session.whoami")
        assert (who["user"], who["administrator"]) == ("wangfang", False)
        assert client.call("record.create", **customer("济南恒康"))["created_by"] == "wangfang"
        assert client.error("user.list").code == "PERMISSION_DENIED"
        client.call("auth.logout")
        assert client.error("record.count", type="customer").code == "UNAUTHENTICATED"


def test_wrong_password_and_unknown_user_are_answered_alike(server, staff):
    with server.connect_tcp() as client:
        wrong = client.error("auth.login", user="wangfang", password="guess")
        unknown = client.error("auth.login", user="nobody", password="guess")
        assert wrong.code == "UNAUTHENTICATED"
        assert wrong.raw == unknown.raw
        assert client.error("record.count", type="customer").code == "UNAUTHENTICATED"


def test_login_and_work_in_one_packet(server, staff):
    """Also the larger limits of a frame hold from the next request on."""
    with server.connect_tcp() as client:
        long = request(3, "record.create", customer("大单", note="茶" * 10_000))
        client.raw(request(1, "auth.login", staff) + request(2, "session.whoami") + long)
        client.result(1)
        assert client.result(2)["user"] == "wangfang"
        assert client.result(3)["note"] == "茶" * 10_000


def test_frames_are_smaller_before_login(server):
    with server.connect_tcp() as client:
        client.raw(request(5, "session.hello", {"client": "x" * 20_000}))
        replies = client.read_until_closed()
        assert replies[5][0].startswith("TOO_LARGE: ")


def test_other_users_of_the_machine_must_log_in(server):
    with server.connect_tcp() as client:
        assert client.error("session.become", user="admin").code == "UNAUTHENTICATED"


# --- a client that ends its side -----------------------------------------------------------------


@pytest.mark.parametrize("where", ["unix", "tcp"])
def test_what_was_sent_whole_is_answered_when_the_client_sends_no_more(server, staff, where):
    with server.connect() if where == "unix" else server.connect_tcp() as client:
        if where == "tcp":
            client.call("auth.login", **staff)
        numbers = [client.next_id() for _ in range(1000)]
        packet = b"".join(request(n, "record.create", customer(f"半关{n}")) for n in numbers[:500])
        packet += b"".join(request(n, "record.count", {"type": "customer"}) for n in numbers[500:])
        client.raw(packet + request(client.next_id(), "server.ping")[:-1])
        client.socket.shutdown(socket.SHUT_WR)
        replies = client.read_until_closed()
        assert sorted(replies) == numbers
        assert all(error is None for error, _ in replies.values())


# --- notifications --------------------------------------------------------------------------------


def test_notifications_run_nothing_and_are_counted(client):
    before = metric(client, "rpc_notifications_total")
    count = client.call("record.count", type="customer")["count"]
    client.raw(msgpack.packb([2, "record.create", [customer("不应存在")]]))
    client.raw(msgpack.packb([2, "no.such_op", []]))
    client.raw(msgpack.packb([2, b"nvim_set_client_info", ["test", {}, "remote"]]))
    assert client.call("record.count", type="customer")["count"] == count
    assert metric(client, "rpc_notifications_total") == before + 3


# --- broken frames --------------------------------------------------------------------------------

PING = b"\xabserver.ping"
HEAD = b"\x94\x00\x2a"  # [0, 42, …

# name, bytes, the code answered to request 42, or None where no id could be read
BROKEN = [
    ("an array of four billion", HEAD + PING + b"\xdd\xff\xff\xff\xff", "TOO_LARGE"),
    ("a text of four gigabytes", HEAD + b"\xdb\xff\xff\xff\xff", "TOO_LARGE"),
    ("binary of four gigabytes", HEAD + PING + b"\x91\xc6\xff\xff\xff\xff", "TOO_LARGE"),
    ("a map of four billion", HEAD + PING + b"\x91\xdf\xff\xff\xff\xff", "TOO_LARGE"),
    ("too deep", HEAD + PING + b"\x91" * 300 + b"\x90", "TOO_LARGE"),
    ("not UTF-8", HEAD + PING + b"\x91\x81\xa1x\xa2\xff\xfe", "BAD_REQUEST"),
    ("half a character", HEAD + PING + b"\x91\x81\xa1x\xa2\xe5\xae", "BAD_REQUEST"),
    ("a surrogate", HEAD + PING + b"\x91\x81\xa1x\xa3\xed\xa0\x80", "BAD_REQUEST"),
    ("a key twice", HEAD + PING + b"\x91\x82\xa1x\x01\xa1x\x02", "BAD_REQUEST"),
    ("a key that is a number", HEAD + PING + b"\x91\x81\x01\x02", "BAD_REQUEST"),
    ("NaN", HEAD + PING + b"\x91\x81\xa1x\xcb\x7f\xf8\0\0\0\0\0\0", "BAD_REQUEST"),
    ("infinity", HEAD + PING + b"\x91\x81\xa1x\xca\x7f\x80\0\0", "BAD_REQUEST"),
    ("an ext type", HEAD + PING + b"\x91\xd4\x01\x00", "BAD_REQUEST"),
    ("a timestamp", HEAD + PING + b"\x91\x81\xa1x\xd6\xff\0\0\0\0", "BAD_REQUEST"),
    ("the byte 0xc1", HEAD + PING + b"\x91\xc1", "BAD_REQUEST"),
    ("three elements", b"\x93\x00\x2a" + PING, "BAD_REQUEST"),
    ("five elements", b"\x95\x00\x2a" + PING + b"\x90\x90", "BAD_REQUEST"),
    ("the method is a number", HEAD + b"\x07\x90", "BAD_REQUEST"),
    ("the method is nil", HEAD + b"\xc0\x90", "BAD_REQUEST"),
    ("params are a map", HEAD + PING + b"\x80", "BAD_REQUEST"),
    ("params are nil", HEAD + PING + b"\xc0", "BAD_REQUEST"),
    ("a number", b"\x07", None),
    ("a map", b"\x81\xa1x\x01", None),
    ("an empty array", b"\x90", None),
    ("an unknown kind", b"\x94\x07\x2a" + PING + b"\x90", None),
    ("a response", b"\x94\x01\x2a\xc0\x90", None),
    ("a negative id", b"\x94\x00\xff" + PING + b"\x90", None),
    ("an id over 32 bits", b"\x94\x00\xcf\0\0\0\1\0\0\0\0" + PING + b"\x90", None),
    ("an id that is text", b"\x94\x00\xa242" + PING + b"\x90", None),
    ("a notification of four", b"\x94\x02\x2a" + PING + b"\x90", None),
    ("a lone 0xc1", b"\xc1", None),
    ("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", None),
    ("TLS", bytes.fromhex("16030100c8010000c40303") + bytes(32), None),
]


@pytest.mark.parametrize("where", ["unix", "tcp"])
@pytest.mark.parametrize("data, code", [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_frame_costs_its_connection_and_nothing_else(server, client, data, code, where):
    with server.connect() if where == "unix" else server.connect_tcp() as broken:
        # What came before is answered, what comes behind is not looked at.
        broken.raw(request(1, "server.ping") + data + request(2, "server.ping"))
        replies = broken.read_until_closed()
    assert replies[1][0] is None
    assert 2 not in replies
    assert (42 in replies) == (code is not None)
    if code is not None:
        assert replies[42][0].startswith(code + ": ")
    client.call("server.ping")


def test_a_frame_that_ends_in_the_middle_is_forgotten_with_its_connection(server, client):
    whole = request(1, "record.create", customer("半截"))
    count = client.call("record.count", type="customer")["count"]
    for size in range(1, len(whole), 7):
        with server.connect() as cut:
            cut.raw(whole[:size])
    client.call("server.ping")
    assert client.call("record.count", type="customer")["count"] == count


def test_writes_before_a_broken_frame_are_answered(server):
    with server.connect() as broken:
        packet = b"".join(
            request(number, "record.create", customer(f"刘洋{number}")) for number in range(100, 120)
        )
        broken.raw(packet + HEAD + b"\xc1")
        replies = broken.read_until_closed()
    assert all(replies[number][0] is None for number in range(100, 120))
    assert replies[42][0].startswith("BAD_REQUEST: ")


def test_broken_frames_are_counted(server, client):
    before = metric(client, "rpc_broken_frames_total")
    with server.connect() as broken:
        broken.raw(b"\xc1")
        broken.read_until_closed()
    assert metric(client, "rpc_broken_frames_total") == before + 1


# --- limits and the end ---------------------------------------------------------------------------


def test_connections_beyond_the_limit_are_told_and_closed(start_server):
    """limits.connections at -1, 0 and +1; a place is free again when a connection has gone."""
    server = start_server(configuration={**CORE_ONLY, "limits": {"connections": 3}})
    open_ones = [server.connect() for _ in range(3)]
    for client in open_ones:
        client.call("server.ping")
    with server.connect() as refused:
        error = refused.error("server.ping")
        assert error.code == "UNAVAILABLE" and "limits.connections" in error.text
        assert not refused.read_until_closed()
    assert metric(open_ones[0], "rpc_connections_refused_total") == 1
    open_ones.pop().close()
    deadline = time.monotonic() + 30
    while True:
        try:
            with server.connect() as again:
                again.call("server.ping")
            break
        except (Closed, BrokenPipeError, RpcError):
            assert time.monotonic() < deadline
    for client in open_ones:
        client.close()


def test_the_end_answers_what_is_under_way(start_server):
    """SIGTERM: whatever was answered is there after a restart; the server exits with 0."""
    server = start_server(configuration=CORE_ONLY)
    with server.connect() as client:
        numbers = [client.send("record.create", **customer(f"孙丽{i}")) for i in range(200)]
        client.result(numbers[0])
        server.stop()
        replies = client.read_until_closed()
    created = 1 + sum(error is None for error, _ in replies.values())
    server.start()
    with server.connect() as client:
        assert client.call("record.count", type="customer")["count"] == created

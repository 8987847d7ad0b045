"""A client that nobody wrote for Haoke: python3-pynvim's msgpack-RPC session, unmodified."""

import pytest

try:
    import pynvim.msgpack_rpc
    from pynvim.api import NvimError
except ImportError as missing:
    raise ImportError("pynvim is not installed: apt-get install python3-pynvim, or run ./dev test, "
                      "which does") from missing

from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}


@pytest.fixture
def session(server):
    connected = pynvim.msgpack_rpc.socket_session(server.unix)
    connected.error_wrapper = lambda error: NvimError(error)
    yield connected
    connected.close()


def pipeline(session, calls):
    """Sends all calls before the first reply is read; {position: (error, result)}."""
    replies = {}

    def note(position):
        def take(error, result):
            replies[position] = (error, result)
            if len(replies) == len(calls):
                session.stop()

        return take

    for position, (op, params) in enumerate(calls):
        session._async_session.request(op, params, note(position))
    session._async_session.run(None, None)
    return replies


def test_requests(session):
    session.request("server.ping")
    assert session.request("session.whoami")["administrator"] is True
    made = session.request("record.create", {"type": "customer", "values": {"name": "马强"}})
    assert session.request("record.get", {"type": "customer", "id": made["id"]}) == made


def test_an_error_is_a_text(session):
    with pytest.raises(NvimError, match="^NOT_FOUND: "):
        session.request("record.get", {"type": "customer", "id": 999_999_999})
    session.request("server.ping")


def test_an_op_that_is_not_there(session):
    with pytest.raises(NvimError, match="^UNKNOWN_METHOD: .*record.get"):
        session.request("record.gett", {"type": "customer", "id": 1})


def test_notifications_of_the_server(session):
    session.request("event.subscribe", {"types": ["customer"]})
    for step in range(20):
        values = {"name": f"赵敏{step}"}
        session.request("record.create", {"type": "customer", "values": values})
    heard = [session.next_message() for _ in range(20)]
    assert {(kind, name) for kind, name, _ in heard} == {("notification", "event")}
    names = [args[0]["record"]["name"] for _, _, args in heard]
    assert names == [f"赵敏{step}" for step in range(20)]


def test_notifications_of_the_client_are_counted_and_run_nothing(session):
    def counted():
        metrics = session.request("server.info")["metrics"]
        return metrics.get("rpc_notifications_total", 0)

    before, customers = counted(), session.request("record.count", {"type": "customer"})
    values = {"name": "不该有"}
    session.request("record.create", {"type": "customer", "values": values}, async_=True)
    session.request("server.ping")
    assert counted() == before + 1
    assert session.request("record.count", {"type": "customer"}) == customers


def test_200_pipelined_calls(session):
    calls = [("record.count", [{"type": "customer"}])] * 100 + [("server.ping", [])] * 100
    replies = pipeline(session, calls)
    assert len(replies) == 200
    assert all(error is None for error, _ in replies.values())


def test_create_then_get_in_one_packet(session):
    made = session.request("record.create", {"type": "customer", "values": {"name": "胡军"}})
    calls = []
    for step in range(1, 21):
        name = f"胡军{step}"
        calls.append(("record.create", [{"type": "customer", "values": {"name": name}}]))
        calls.append(("record.get", [{"type": "customer", "id": made["id"] + step}]))
    replies = pipeline(session, calls)
    for step in range(20):
        created, read = replies[2 * step], replies[2 * step + 1]
        assert created[0] is None
        assert read == created


def test_over_tcp_with_a_login(server, client):
    client.call("user.create", user="pynvim", password="yi-er-san-si-5", roles=["staff"])
    host, port = server.tcp.rsplit(":", 1)
    session = pynvim.msgpack_rpc.tcp_session(host, int(port))
    session.error_wrapper = lambda error: NvimError(error)
    with pytest.raises(NvimError, match="^UNAUTHENTICATED: "):
        session.request("record.count", {"type": "customer"})
    session.request("auth.login", {"user": "pynvim", "password": "yi-er-san-si-5"})
    assert session.request("session.whoami")["user"] == "pynvim"
    session.close()

"""TLS 1.3 by clients that share no code with the server: Python's ssl module and openssl s_client."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

import msgpack
import pytest

import certificates
from client import Client, Closed, request
from server import BINARY, CORE_ONLY, Server

HANDSHAKE_BYTES = 4096
PASSWORD = "jinan2026"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def server(folder):
    certificate, key = certificates.make(folder, "first")
    for name, source in (("server.crt", certificate), ("server.key", key)):
        shutil.copy(source, folder / name)
    running = Server(configuration={**CORE_ONLY, "tls": {
        "listen": "127.0.0.1:0", "certificate": str(folder / "server.crt"),
        "key": str(folder / "server.key"), "handshake_bytes": HANDSHAKE_BYTES}})
    try:
        running.start()
        with running.connect() as client:
            client.call("user.create", user="李静", password=PASSWORD, roles=["staff"])
        yield running
        running.stop()
    finally:
        running.kill()
        running.remove()


def context(ca, **options):
    made = ssl.create_default_context(cafile=str(ca))
    for name, value in options.items():
        setattr(made, name, value)
    return made


def plain(server):
    host, _, port = server.tls.rpartition(":")
    return socket.create_connection((host, int(port)), 60)


def secure(server, ca, **options):
    return Client(context(ca, **options).wrap_socket(plain(server), server_hostname="127.0.0.1"))


def haoke(server, *arguments, language="en_US.UTF-8"):
    return subprocess.run(
        [BINARY, "call", *arguments], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "HAOKE_PASSWORD": PASSWORD, "LANG": language, "LC_ALL": language})


def reload(server, event):
    """SIGHUP; returns when the log says that."""
    seen = server.log().count(event)
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 60
    while server.log().count(event) == seen:
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.01)


def test_requests_over_tls(server, folder):
    with secure(server, folder / "first.crt") as client:
        assert client.socket.version() == "TLSv1.3"
        client.call("auth.login", user="李静", password=PASSWORD)
        assert client.call("session.whoami")["user"] == "李静"
        values = [{"name": f"客户{i}", "note": "字" * 3000} for i in range(60)]
        made = client.collect([client.send("record.create", type="customer", values=each)
                               for each in values])
        assert [record["name"] for record in made] == [each["name"] for each in values]
        found = client.call("record.find", type="customer", limit=100)["items"]
        assert len(found) == 60 and found[7]["note"] == "字" * 3000


def test_bytes_that_dribble(server, folder):
    """One byte at a time, in both layers."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context(folder / "first.crt").wrap_bio(incoming, outgoing,
                                                     server_hostname="127.0.0.1")
    with plain(server) as connected:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        connected.send(bytes([byte]))
                    incoming.write(connected.recv(65536))
                finally:
                    for byte in outgoing.read():
                        connected.send(bytes([byte]))

        until_done(session.do_handshake)
        for byte in request(7, "server.ping"):
            session.write(bytes([byte]))
        reply = msgpack.unpackb(until_done(lambda: session.read(4096)))
        assert reply[:3] == [1, 7, None]


def test_older_versions_are_refused(server, folder):
    with pytest.raises(ssl.SSLError):
        secure(server, folder / "first.crt", maximum_version=ssl.TLSVersion.TLSv1_2)
    with secure(server, folder / "first.crt") as client:
        client.call("server.ping")


def test_openssl_s_client(server, folder):
    """Another client's view: the version, no tickets and so no early data."""
    ran = subprocess.run(["openssl", "s_client", "-connect", server.tls, "-tls1_3", "-CAfile",
                          str(folder / "first.crt"), "-verify_return_error", "-verify_ip",
                          "127.0.0.1"], input=request(1, "server.ping"), capture_output=True,
                         timeout=60, check=False)
    text = ran.stdout.decode(errors="replace")
    assert "Verify return code: 0 (ok)" in text and "TLSv1.3" in text, text
    assert "Post-Handshake New Session Ticket" not in text
    old = subprocess.run(["openssl", "s_client", "-connect", server.tls, "-tls1_2"],
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert old.returncode != 0 and b"protocol version" in old.stderr.lower()


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n", request(1, "server.ping") * 300])
def test_what_is_not_tls_costs_its_connection(server, folder, nonsense):
    with Client(plain(server)) as client:
        client.raw(nonsense)
        with pytest.raises(Closed):
            while True:
                receive(client)
    with secure(server, folder / "first.crt") as client:
        client.call("server.ping")


def receive(client):
    """Bytes that are no messages: an alert."""
    data = client.socket.recv(65536)
    if not data:
        raise Closed()
    assert data[0] == 21


@pytest.mark.parametrize("size", [HANDSHAKE_BYTES - 1, HANDSHAKE_BYTES, HANDSHAKE_BYTES + 1])
def test_a_handshake_has_a_limit_of_bytes(server, size):
    """A client hello that says it is long and never ends, in records of 1 000 bytes."""
    body = b"\x01\x00\xf0\x00\x03\x03" + bytes(size)
    sent = b""
    while len(sent) < size:
        piece, body = body[:min(1000, size - len(sent) - 5)], body[1000:]
        if size - len(sent) <= 5:
            sent += b"\x16\x03\x01\x00\x05"[:size - len(sent)]
            break
        sent += b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece
    with plain(server) as connected:
        connected.sendall(sent[:HANDSHAKE_BYTES])
        connected.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connected.recv(1)
        connected.settimeout(60)
        if size > HANDSHAKE_BYTES:
            connected.sendall(sent[HANDSHAKE_BYTES:])
            assert connected.recv(65536)[:1] in (b"", b"\x15")


def test_the_command_line(server, folder):
    good = haoke(server, "--connect", server.tls, "--ca", str(folder / "first.crt"), "--user", "李静",
                 "session.whoami")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["user"] == "李静"
    for arguments, text in (
        (["--connect", server.tls, "--tls", "server.ping"], "self-signed certificate"),
        (["--connect", server.tcp, "--tls", "server.ping"], "TLS"),
        (["--connect", server.tls, "--ca", str(folder / "first.key"), "server.ping"], "first.key"),
        (["--tls", "server.ping"], "--connect"),
    ):
        refused = haoke(server, *arguments)
        assert refused.returncode == 1 and text in refused.stderr, (arguments, refused.stderr)


def test_another_name_is_refused(folder, start_server):
    certificate, key = certificates.make(folder, "elsewhere", host="example.com",
                                         address="192.0.2.1")
    server = start_server(configuration={**CORE_ONLY, "tls": {
        "listen": "127.0.0.1:0", "certificate": str(certificate), "key": str(key)}})
    refused = haoke(server, "--connect", server.tls, "--ca", str(certificate), "server.ping")
    assert refused.returncode == 1 and "IP address mismatch" in refused.stderr


def test_a_certificate_is_replaced_while_the_server_runs(server, folder):
    certificate, key = certificates.make(folder, "second")
    with secure(server, folder / "first.crt") as before:
        (folder / "server.crt").write_text("nonsense")
        reload(server, "server.reload_failed")
        secure(server, folder / "first.crt").close()
        shutil.copy(certificate, folder / "server.crt")
        reload(server, "server.reload_failed")  # the key is the other one's
        shutil.copy(key, folder / "server.key")
        reload(server, "server.reloaded")
        with secure(server, certificate) as after:
            after.call("server.ping")
        with pytest.raises(ssl.SSLError):
            secure(server, folder / "first.crt")
        before.call("server.ping")


def test_what_is_configured_wrongly_is_said(folder):
    for tls, text in (
        ({"listen": "127.0.0.1:0"}, "tls.certificate"),
        ({"listen": "nowhere", "certificate": "a", "key": "b"}, "tls.listen"),
        ({"listen": "127.0.0.1:0", "certificate": "/nowhere", "key": "b"}, "/nowhere"),
    ):
        broken = Server(configuration={**CORE_ONLY, "tls": tls})
        with pytest.raises(AssertionError, match=text):
            broken.start()
        broken.remove()


def own_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


@pytest.mark.skipif(own_address() is None, reason="this machine has no network")
def test_secrets_do_not_cross_a_network_in_clear_text(folder, start_server):
    address = own_address()
    certificate, key = certificates.make(folder, "network", address=address)
    server = start_server(
        configuration={**CORE_ONLY, "tls": {"listen": f"{address}:0",
                                            "certificate": str(certificate), "key": str(key)}},
        listen=f"{address}:0")
    with server.connect() as client:
        client.call("user.create", user="李静", password=PASSWORD, roles=["staff"])
        secret = client.call("token.create", name="x", user="李静")["secret"]
    with server.connect_tcp() as client:
        for op, params in (("auth.login", {"user": "李静", "password": PASSWORD}),
                           ("auth.token", {"token": secret})):
            error = client.error(op, **params)
            assert error.code == "PERMISSION_DENIED" and "--tls" in error.text
    sealed = context(certificate).wrap_socket(plain(server), server_hostname=address)
    with Client(sealed) as client:
        assert client.call("auth.token", token=secret)["user"] == "李静"
        assert client.call("auth.login", user="李静", password=PASSWORD)["user"] == "李静"

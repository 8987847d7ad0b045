"""A receiver of webhooks on 127.0.0.1, for tests: says what it got, and misbehaves as told.

    with Receiver() as receiver:
        receiver.answers = lambda got: 503        # or a number, "drop", "slow", "late"; default 200
        receiver.wait(lambda got: len(got) == 3)
"""

import base64
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

SECRET_BYTES = b"0123456789abcdefghijklmnopqrstuv"
SECRET = "whsec_" + base64.b64encode(SECRET_BYTES).decode()
SECONDS = 60


class Got:
    """One request: what its headers and its body say."""

    def __init__(self, headers, body):
        self.headers = headers
        self.body = json.loads(body)
        self.id = int(headers["webhook-id"])
        self.signed = self.signature(headers["webhook-timestamp"], body)

    def signature(self, timestamp, body):
        text = f"{self.id}.{timestamp}.".encode() + body
        digest = hmac.new(SECRET_BYTES, text, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(digest).decode()
        fresh = abs(time.time() - int(timestamp)) < 300
        return fresh and hmac.compare_digest(expected, self.headers["webhook-signature"])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # the base class wants this name
        body = self.rfile.read(int(self.headers["content-length"]))
        got = Got(self.headers, body)
        answer = self.server.receiver.take(got, self.path)
        if answer == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if answer == "late":  # the event is kept, and the answer comes when who asked has gone
            self.connection.settimeout(SECONDS)
            assert self.connection.recv(1, socket.MSG_PEEK) == b""
            answer = 200
        if answer == "slow":
            self.server.receiver.closing.wait(SECONDS)
            self.close_connection = True
            return
        self.send_response(answer)
        if 300 <= answer < 400:
            self.send_header("location", "/elsewhere")
        body = b"" if answer == 204 else b"ok"
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """Connections that break are what some tests are about."""


class Receiver:
    def __init__(self):
        self.got = []
        self.paths = []
        self.answers = lambda got: 200
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self.server = None
        self.thread = None
        self.port = 0

    def start(self):
        """On the port it had before, if it had one."""
        self.server = Listener(("127.0.0.1", self.port), Handler)
        self.server.receiver = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def stop(self):
        if self.server is None:
            return
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.server = None
        self.closing.clear()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, got, path):
        with self.changed:
            answer = self.answers(got) if callable(self.answers) else self.answers
            self.got.append(got)
            self.paths.append(path)
            self.changed.notify_all()
        return answer

    def wait(self, holds, seconds=SECONDS):
        with self.changed:
            assert self.changed.wait_for(lambda: holds(self.got), seconds), [
                (got.id, got.body) for got in self.got]
            return list(self.got)

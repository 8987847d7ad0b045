"""A small msgpack-RPC client that shares no code with the server.

    with Client.unix(path) as client:
        client.call("record.get", type="customer", id=1)
        ids = [client.send("server.ping") for _ in range(200)]
        replies = client.collect(ids)

It blocks, with a time limit on every step. Replies may arrive in any order; notifications are put
aside in `notifications`.
"""

import socket
import time

import msgpack

TIMEOUT = 60.0


class RpcError(Exception):
    """What the server answered instead of a result, in either of its two forms."""

    def __init__(self, raw):
        self.raw = raw
        self.field = self.data = self.retry = None
        if isinstance(raw, dict):
            self.code, self.text = raw["code"], raw["message"]
            self.field, self.data, self.retry = raw.get("field"), raw.get("data"), raw["retry"]
        else:
            self.code, _, self.text = raw.partition(": ")
        super().__init__(f"{self.code}: {self.text}")


class Closed(Exception):
    """The server closed the connection."""


def request(number, op, params=None):
    """The bytes of one request; `params` is a dict, or None for no arguments."""
    return msgpack.packb([0, number, op, [] if params is None else [params]])


class Client:
    def __init__(self, connected, timeout=TIMEOUT):
        self.socket = connected
        self.timeout = timeout
        self.last_id = 0
        self.replies = {}
        self.notifications = []
        self.unpacker = msgpack.Unpacker(strict_map_key=False)

    @classmethod
    def unix(cls, path, timeout=TIMEOUT):
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.settimeout(timeout)
        connected.connect(path)
        return cls(connected, timeout)

    @classmethod
    def tcp(cls, address, timeout=TIMEOUT, source=None):
        """`source`: the address to come from, one of 127.0.0.0/8."""
        host, _, port = address.rpartition(":")
        own = None if source is None else (source, 0)
        connected = socket.create_connection((host, int(port)), timeout, own)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connected, timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # --- one call ---------------------------------------------------------------------------------

    def call(self, op, /, **params):
        return self.result(self.send(op, **params))

    def error(self, op, /, **params):
        """The error of a call that must fail."""
        try:
            result = self.call(op, **params)
        except RpcError as error:
            return error
        raise AssertionError(f"{op} was to fail and answered {result!r}")

    # --- pipelining -------------------------------------------------------------------------------

    def next_id(self):
        self.last_id += 1
        return self.last_id

    def send(self, op, /, **params):
        """Sends without waiting; the id to ask for later."""
        number = self.next_id()
        self.raw(request(number, op, params or None))
        return number

    def result(self, number):
        """The result of the request with that id; raises its error."""
        while number not in self.replies:
            self.read_messages()
        error, result = self.replies.pop(number)
        if error is not None:
            raise RpcError(error)
        return result

    def collect(self, numbers):
        """The results of all those requests, in their order."""
        return [self.result(number) for number in numbers]

    # --- bytes ------------------------------------------------------------------------------------

    def raw(self, data):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def read_messages(self):
        """Waits for bytes and sorts the messages in them."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError as reset:
            raise Closed() from reset
        if not data:
            raise Closed()
        self.unpacker.feed(data)
        for message in self.unpacker:
            if message[0] == 1:
                assert message[1] not in self.replies, f"two replies to request {message[1]}"
                self.replies[message[1]] = (message[2], message[3])
            elif message[0] == 2:
                self.notifications.append((message[1], message[2]))
            else:
                raise AssertionError(f"a server sends no {message!r}")

    def read_until_closed(self):
        """Everything the server still says, as {id: (error, result)}; fails when it stays open."""
        deadline = time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            try:
                self.read_messages()
            except Closed:
                return self.replies
        raise AssertionError("the server did not close the connection")

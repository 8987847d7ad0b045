"""client: a pipelined msgpack-RPC connection over the server's unix socket."""

import socket

import msgpack

WINDOW = 200  # requests under way; the server's own default limit is 256


class Refused(Exception):
    """The server's error string, “CODE: text”."""


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.unpacker = msgpack.Unpacker(raw=False)
        self.last = 0

    def send(self, requests):
        """Sends (op, params) pairs in one write; returns their ids."""
        first = self.last + 1
        packed = b"".join(msgpack.packb([0, first + i, op, [params]])
                          for i, (op, params) in enumerate(requests))
        self.last += len(requests)
        self.socket.sendall(packed)
        return range(first, self.last + 1)

    def receive(self):
        while True:
            for message in self.unpacker:
                return message
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the server closed the connection")
            self.unpacker.feed(data)

    def call(self, op, **params):
        return self.call_all([(op, params)])[0]

    def call_all(self, requests, progress=None):
        """The results in the order of the requests, which reach the server in that order too."""
        requests = list(requests)
        results = {}
        for start in range(0, len(requests), WINDOW):
            waiting = set(self.send(requests[start:start + WINDOW]))
            while waiting:
                _, number, error, result = self.receive()
                if error is not None:
                    raise Refused(error)
                waiting.discard(number)
                results[number] = result
            if progress:
                progress(min(start + WINDOW, len(requests)), len(requests))
        return [results[number] for number in sorted(results)]

"""One run of a server under the recorder: its log, and who had been told what at which byte of it."""

import bisect

import recording
from business import Business, close_shop, open_shop
from client import Closed, RpcError
from crashing import Images, RecordedServer
from ledger import Holds, Ledger, Violation
from server import STOP_SECONDS


class Recorded:
    """The run is over, and the server killed, when this is made. With `fails`, the server may refuse
    or end at any time; else that is an error."""

    def __init__(self, name, environment=None, requests=20, fails=False):
        self.ledger = Ledger()
        self.server = RecordedServer(environment=environment)
        self.broken = False  # a connection was
        self.ended = None  # the server's exit status, when it ended by itself
        try:
            self.serve(name, requests)
        except (AssertionError, Closed, OSError, RpcError) as failure:
            self.broken = isinstance(failure, (Closed, OSError))
            if not fails:
                raise
        finally:
            self.end()
        self.replies = [reply for reply in recording.replies(self.server.recording)
                        if reply.number in self.ledger.requests]
        self.ends = [reply.end for reply in self.replies]

    def serve(self, name, requests):
        business = Business(self.server.start())
        clerks = open_shop(self.server, business, self.ledger, name, requests=requests)
        close_shop(clerks)
        self.broken = any(clerk.broken for clerk in clerks)

    def end(self):
        process = self.server.process
        if process is not None:
            self.ended = process.wait(STOP_SECONDS) if self.broken else process.poll()
            process.kill()
            process.wait()
            process.stdout.close()
            self.server.process = None

    def told_by(self, happened):
        """What clients knew when so many bytes of the log had happened."""
        known = self.replies[:bisect.bisect_right(self.ends, happened)]
        acknowledged = [(self.ledger.requests[reply.number], reply.result)
                        for reply in known if reply.error is None]
        refused = (reply.number for reply in known if reply.error is not None)
        return acknowledged, self.ledger.refused_always(refused)

    def check(self, image):
        if image.status != 0:
            raise Violation(f"{image}: status {image.status}: {image.told.decode()}")
        try:
            self.ledger.check(Holds(image.told), *self.told_by(image.happened))
        except Violation as violation:
            raise Violation(f"{image}: {violation}") from None

    def check_images(self, seed, count):
        """How many were checked. Where nothing happened there is nothing to check."""
        checked = 0
        if recording.size(self.server.recording) == 0:
            return checked
        with Images(self.server.recording, None, seed, count) as images:
            for image in images:
                self.check(image)
                checked += 1
        return checked

    def remove(self):
        self.server.remove()

"""One run of a server under the recorder: its log, and who had been told what at which byte of it."""

import bisect

import recording
from business import NUMBERS_PER_CLERK, Business, close_shop, open_shop
from client import Closed, RpcError
from crashing import Images, RecordedServer
from ledger import Holds, Ledger, Violation
from server import STOP_SECONDS

REPEATED = 10  # requests that a server which goes on is asked again, of each kind


class Recorded:
    """The run is over, and the server killed, when this is made. With `fails`, the server may refuse
    or end at any time; else that is an error."""

    base = None  # what the directory held before

    def __init__(self, name, environment=None, requests=20, fails=False):
        self.ledger = Ledger()
        self.server = self.make_server(environment)
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
        self.read_log()

    def make_server(self, environment):
        return RecordedServer(self.base, environment)

    def read_log(self):
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
            print(self.server.log())  # pytest shows it with a failure

    def told_by(self, happened):
        """What clients knew when so many bytes of the log had happened."""
        known = self.replies[:bisect.bisect_right(self.ends, happened)]
        acknowledged = [(self.ledger.requests[reply.number], reply.result)
                        for reply in known if reply.error is None]
        refused = (reply.number for reply in known if reply.error is not None)
        return acknowledged, self.ledger.refused_always(refused)

    def check(self, image):
        if image.status != 0:
            raise Violation(f"{image}: status {image.status}: {image.finding}")
        try:
            self.ledger.check(Holds(image.stores["data"]), *self.told_by(image.happened))
        except Violation as violation:
            raise Violation(f"{image}: {violation}") from None

    def check_images(self, seed, count):
        """How many were checked. Where nothing happened there is nothing to check."""
        checked = 0
        if recording.size(self.server.recording) == 0:
            return checked
        with Images(self.server.recording, self.base, seed, count) as images:
            for image in images:
                self.check(image)
                checked += 1
        return checked

    def images_kept(self, seed, count):
        return Images(self.server.recording, self.base, seed, count, "keep")

    def remove(self):
        self.server.remove()


class Recovered(Recorded):
    """A server that goes on with an image of another's disk: it is asked again for what that one had
    been asked, and gives the first answers; what had not been answered has one effect."""

    def __init__(self, first, image):
        self.base, self.ledger = image.path, first.ledger
        self.known = first.told_by(image.happened)
        self.broken, self.ended = False, None
        self.server = RecordedServer(self.base)
        try:
            self.ask_again()
        finally:
            self.end()
        self.read_log()

    def ask_again(self):
        acknowledged, refused = self.known
        answered = {request.key for request, _ in acknowledged} | refused
        unknown = [request for key, request in self.ledger.keys.items() if key not in answered]
        with self.server.start().connect() as client:
            client.last_id = self.ledger.next_clerks(1) * NUMBERS_PER_CLERK
            for request, result in acknowledged[-REPEATED:]:
                if self.ask(client, request) != result:
                    raise Violation(f"another answer than the first: {request}")
            for request in unknown[:REPEATED]:
                if self.ask(client, request) != self.ask(client, request):
                    raise Violation(f"twice is not once: {request}")

    def ask(self, client, request):
        """The result, or the code of the error."""
        number = client.next_id()
        self.ledger.sent(number, request)
        client.raw(request.bytes(number))
        try:
            return client.result(number)
        except RpcError as error:
            return error.code

    def told_by(self, happened):
        acknowledged, refused = super().told_by(happened)
        return self.known[0] + acknowledged, refused

"""An SMTP server on 127.0.0.1, for tests: Debian's aiosmtpd in a thread, which keeps what it took.

    with PostOffice() as office:
        office.on_recipient = lambda address: "550 nobody here"     # or None
        office.on_data = lambda message: "451 later"
"""

import asyncio
import email
import email.policy
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

SECONDS = 60


class Taken:
    def __init__(self, envelope):
        self.sender = envelope.mail_from
        self.recipients = list(envelope.rcpt_tos)
        self.raw = envelope.original_content
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    def __getitem__(self, header):
        return self.message[header]


class PostOffice:
    """`login`: (user, password) without which nothing is taken; `tls`: an ssl.SSLContext for STARTTLS."""

    def __init__(self, login=None, tls=None):
        self.login, self.tls = login, tls
        self.taken = []
        self.seen = []
        self.on_recipient = lambda address: None
        self.on_data = lambda taken: None
        self.changed = threading.Condition()
        self.loop = self.server = self.thread = None
        self.port = 0

    # --- what aiosmtpd calls ----------------------------------------------------------------------

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        refused = self.on_recipient(address)
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, _server, session, envelope):
        taken = Taken(envelope)
        taken.encrypted = session.ssl is not None
        refused = self.on_data(taken)
        with self.changed:
            self.seen.append(taken)
            if refused is None:
                self.taken.append(taken)
            self.changed.notify_all()
        return refused or "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, data):
        good = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=good)

    # --- life -------------------------------------------------------------------------------------

    def make(self):
        return SMTP(self, enable_SMTPUTF8=False, tls_context=self.tls, authenticator=self.authenticate,
                    require_starttls=self.tls is not None, auth_required=self.login is not None,
                    auth_require_tls=False, loop=self.loop)

    def start(self):
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(
            self.loop.create_server(self.make, "127.0.0.1", self.port))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        return self

    def stop(self):
        if self.server is None:
            return
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()
        self.server = None

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def wait(self, count):
        end = time.monotonic() + SECONDS
        with self.changed:
            while len(self.taken) < count:
                assert self.changed.wait(end - time.monotonic()), f"{len(self.taken)} of {count}"
            return list(self.taken)

"""Mail: what a package says arrives at a real SMTP server as it was meant, at least once, in order, and no text of
anybody becomes a header or a recipient."""

import random
import ssl

import pytest

import certificates
from packages import write
from post_office import PostOffice
from server import Server
from test_webhook import RETRIES, in_state, until

OUTBOX = """
return crm.package {
  name = "outbox", version = "1.0.0", doc = "Writes letters.",
  ops = { ["letter.send"] = { write = true, doc = "Sends a letter.",
    params = { { name = "data", kind = "map", required = true }, { name = "customer", kind = "integer" } },
    run = function(ctx, params)
      return { id = ctx:deliver { channel = "mail", event = "letter.sent", data = params.data,
                                  type = params.customer and "customer", id = params.customer } }
    end } },
}
"""
LETTER = {"to": "wang@example.com", "subject": "您的订单已发货 🎉", "text": "王秀兰：\n\n货已发出。\n.\n"}


@pytest.fixture(name="office")
def office_fixture():
    with PostOffice() as made:
        yield made


def configuration(office, **mail):
    return {"deliveries": {**RETRIES}, "packages": {"config": {"mail": {
        "url": f"smtp://127.0.0.1:{office.port}", "from": "crm@haoke.example", "name": "好客，客服",
        "tls": "none", "poll_ms": 20, **mail}}}}


@pytest.fixture(name="serve")
def serve_fixture(tmp_path, start_server, office):
    write(tmp_path / "packages" / "outbox", init=OUTBOX)

    def serve(at=office, **mail):
        return start_server(configuration=configuration(at, **mail), arguments=[
            "--packages", str(tmp_path / "packages"), "--enable", "outbox,mail"])
    return serve


def send(client, customer=None, **data):
    about = {} if customer is None else {"customer": customer}
    return client.call("letter.send", data={**LETTER, **data}, **about)["id"]


def delivery(client, number=1):
    return client.call("record.get", type="delivery", id=number)


def body(taken, kind="plain"):
    return taken.message.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_a_letter_arrives_as_it_was_written(serve, office):
    with serve().connect() as client:
        send(client)
        letter = office.wait(1)[0]
        until(lambda: in_state(client, "delivered") == 1)
        at = delivery(client)["created_at"]
    assert (letter.sender, letter.recipients) == ("crm@haoke.example", ["wang@example.com"])
    assert letter["subject"] == LETTER["subject"]
    assert letter["from"].addresses[0].display_name == "好客，客服"
    assert letter["from"].addresses[0].addr_spec == "crm@haoke.example"
    assert [address.addr_spec for address in letter["to"].addresses] == ["wang@example.com"]
    assert letter["message-id"] == f"<delivery.1.{at}@haoke.example>"
    assert letter["date"].datetime.timestamp() == at // 1000
    assert body(letter) == LETTER["text"]
    assert letter.message.get_content_type() == "text/plain"
    assert letter.raw.isascii()


def test_several_recipients_and_html(serve, office):
    with serve().connect() as client:
        send(client, to=["a@example.com", "b@example.com"], cc="c@example.com", reply_to="d@example.com",
             html="<p>王秀兰</p>")
        letter = office.wait(1)[0]
    assert letter.recipients == ["a@example.com", "b@example.com", "c@example.com"]
    assert [address.addr_spec for address in letter["to"].addresses] == ["a@example.com", "b@example.com"]
    assert letter["cc"].addresses[0].addr_spec == "c@example.com"
    assert letter["reply-to"].addresses[0].addr_spec == "d@example.com"
    assert body(letter, "html").strip() == "<p>王秀兰</p>" and body(letter) == LETTER["text"]


def test_a_long_letter_is_whole(serve, office):
    text = "".join(f"第 {number} 行，{'长' * 50}\n" for number in range(300))
    with serve().connect() as client:
        send(client, text=text)
        assert body(office.wait(1)[0]) == text


HEADERS = {"date", "message-id", "from", "to", "subject", "mime-version", "auto-submitted", "content-type",
           "content-transfer-encoding", "x-peer", "x-mailfrom", "x-rcptto"}


@pytest.mark.parametrize("attack", ["x\r\nBcc: all@example.com", "x\n\n正文", "\r\n.\r\nQUIT\r\n", "x\rTo: b@c",
                                    "=?utf-8?q?a=0D=0ABcc:_a@b?="])
def test_a_subject_stays_a_subject(serve, office, attack):
    with serve().connect() as client:
        send(client, subject=attack, text=attack)
        letter = office.wait(1)[0]
    assert letter.recipients == ["wang@example.com"]
    assert {name.lower() for name in letter.message.keys()} <= HEADERS
    assert b"Bcc" not in letter.raw


BAD = [{"to": "wang@example.com\r\nRCPT TO:<all@example.com>"}, {"to": "a@b>,<c@d"}, {"to": "王@example.com"},
       {"to": ["a@example.com", "nobody"]}, {"to": []}, {"to": 7}, {"cc": "a b@c"}, {"reply_to": "x"},
       {"subject": ""}, {"text": None}, {"html": 7}]


@pytest.mark.parametrize("data", BAD, ids=[f"{key}-{number}" for number, bad in enumerate(BAD) for key in bad])
def test_what_makes_no_mail_is_dead_at_once(serve, office, data):
    with serve().connect() as client:
        send(client, **data)
        until(lambda: in_state(client, "dead") == 1)
        assert f"data.{next(iter(data))} " in delivery(client)["error"]
    assert office.seen == []


def test_recipients_are_bounded(serve, office):
    with serve(recipients=3).connect() as client:
        for count in (2, 3, 4):
            send(client, to=[f"a{number}@example.com" for number in range(count - 1)], cc="c@example.com")
        until(lambda: in_state(client, "dead") == 1)
        assert "`recipients`" in delivery(client, 3)["error"]
        letters = office.wait(2)
    assert sorted(len(letter.recipients) for letter in letters) == [2, 3]


def test_a_server_that_is_busy_gets_everything_in_order(serve, office):
    chance = random.Random(3)
    office.on_data = lambda taken: chance.choice([None, "451 later", "421 too busy"])
    office.on_recipient = lambda address: chance.choice([None, None, "450 greylisted"])
    with serve().connect() as client:
        for number in range(12):
            send(client, customer=number % 2 + 1, subject=str(number))
        until(lambda: in_state(client, "delivered") == 12)
    subjects = [int(letter["subject"]) for letter in office.taken]
    for parity in (0, 1):
        mine = [number for number in subjects if number % 2 == parity]
        assert mine == sorted(mine) and len(mine) == 6
    assert len({letter["message-id"] for letter in office.taken}) == 12


def test_nobody_there_is_dead_and_said(serve, office):
    office.on_recipient = lambda address: "550 no such mailbox"
    with serve().connect() as client:
        send(client)
        until(lambda: in_state(client, "dead") == 1)
        assert "550" in delivery(client)["error"]
        office.on_recipient = lambda address: None
        client.call("delivery.retry", id=1)
        until(lambda: in_state(client, "delivered") == 1)
    assert len(office.taken) == 1


def test_a_server_that_is_down_gets_everything_later(serve, office):
    office.stop()
    with serve().connect() as client:
        send(client)
        until(lambda: delivery(client)["attempts"] > 1)
        office.start()
        until(lambda: in_state(client, "delivered") == 1)
    assert len(office.taken) == 1


def test_a_kill_loses_no_letter(serve, office):
    chance = random.Random(4)
    office.on_data = lambda taken: chance.choice([None, "451 later"])
    server = serve()
    with server.connect() as client:
        for number in range(20):
            send(client, customer=1, subject=str(number))
        office.wait(1)
    server.kill()
    server.start()
    with server.connect() as client:
        until(lambda: in_state(client, "delivered") == 20)
    first = list(dict.fromkeys(int(letter["subject"]) for letter in office.taken))
    assert first == list(range(20))


def test_a_login_is_made(serve):
    with PostOffice(login=("crm", "秘密 p@ss")) as office:
        with serve(at=office, user="crm", password="秘密 p@ss").connect() as client:
            client.call("mail.ping", to="boss@example.com")
            assert office.wait(1)[0].recipients == ["boss@example.com"]


def test_a_wrong_login_is_said_and_tried_again(serve):
    with PostOffice(login=("crm", "right")) as office:
        with serve(at=office, user="crm", password="wrong").connect() as client:
            send(client)
            until(lambda: delivery(client)["attempts"] > 0)
            assert delivery(client)["error"] != "" and in_state(client, "dead") == 0
        assert office.seen == []


def test_nothing_is_said_in_the_clear_when_tls_is_required(serve, office):
    with serve(tls="required").connect() as client:
        send(client)
        until(lambda: delivery(client)["attempts"] > 0)
    assert office.seen == []


@pytest.mark.parametrize("known", [True, False])
def test_starttls_asks_who_the_server_is(serve, tmp_path, known):
    certificate, key = certificates.make(tmp_path, "office")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with PostOffice(tls=context) as office:
        authority = {"ca": str(certificate)} if known else {}
        with serve(at=office, tls="required", **authority).connect() as client:
            send(client)
            if known:
                assert office.wait(1)[0].encrypted
            else:
                until(lambda: delivery(client)["attempts"] > 0)
                assert "certificate" in delivery(client)["error"]
                assert office.seen == []


@pytest.mark.parametrize("mail, said", [({"url": "http://127.0.0.1/"}, "smtp://"), ({"url": "smtp://a b"}, "smtp://"),
                                        ({"from": "好客 <crm@haoke.example>"}, "from")])
def test_a_wrong_configuration_is_refused(office, mail, said):
    made = configuration(office, **mail)
    made["packages"]["enable"] = ["mail"]
    server = Server(configuration=made)
    try:
        with pytest.raises(AssertionError, match="not ready") as refused:
            server.start()
        assert said in str(refused.value)
    finally:
        server.kill()
        server.remove()

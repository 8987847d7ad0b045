"""One phone in fifty spellings from many connections at once: one record, and all others are told which."""

import pytest

from client import RpcError
from server import CORE_ONLY

SERVER = {"configuration": CORE_ONLY}
CONNECTIONS = 50
CREATES = 20  # of each

NUMBER = "13812345678"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def groups(digits, sizes, between):
    parts, at = [], 0
    for size in sizes:
        parts.append(digits[at:at + size])
        at += size
    return between.join(parts)


def spellings():
    """Fifty ways in which people write one mobile number."""
    cut = [groups(NUMBER, sizes, between) for sizes in ((3, 4, 4), (3, 3, 5), (4, 3, 4), (5, 6))
           for between in (" ", "-", ".", "－", "  ")]
    plain = [NUMBER, f"{NUMBER[:3]}（{NUMBER[3:7]}）{NUMBER[7:]}", f"({NUMBER[:3]}) {NUMBER[3:]}",
             NUMBER.translate(FULL_WIDTH)] + cut
    country = [prefix + text for prefix in ("+86", "+86 ", "0086", "0086-", "+86-", "（+86）")
               for text in plain[:6]]
    return list(dict.fromkeys(plain + country))[:50]


@pytest.fixture
def connections(server):
    opened = [server.connect() for _ in range(CONNECTIONS)]
    yield opened
    for one in opened:
        one.close()


def test_a_thousand_creates_of_one_phone(client, connections):
    written = spellings()
    assert len(written) == 50
    for one in connections:
        one.call("session.hello", errors="map")
    sent = [(one, one.send("record.create", type="customer", values={
        "name": f"顾客{place}", "phone": written[(place * CREATES + i) % 50]}))
        for place, one in enumerate(connections) for i in range(CREATES)]
    made, refused = [], []
    for one, number in sent:
        try:
            made.append(one.result(number))
        except RpcError as error:
            refused.append(error)
    assert len(made) == 1 and len(refused) == CONNECTIONS * CREATES - 1
    assert {error.code for error in refused} == {"DUPLICATE"}
    assert {(error.data["type"], error.data["id"]) for error in refused} == {
        ("customer", made[0]["id"])}
    for text in written:
        found = client.call("record.find", type="customer", where={"phone": text})["items"]
        assert [item["id"] for item in found] == [made[0]["id"]], text
    assert client.call("record.count", type="customer")["count"] == 1

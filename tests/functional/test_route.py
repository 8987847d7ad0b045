"""route.plan over the socket: good tours, ways with ends, limits, and nobody waits for it."""

import math
import pathlib
import time

import pytest

ROUTE = pathlib.Path(__file__).resolve().parents[2] / "plugins" / "route"
SERVER = {
    "configuration": {"packages": {"enable": ["route"], "config": {"route": {"stops": 200}}}}
}


def tsplib(name):
    lines = (ROUTE / "tsplib" / f"{name}.tsp").read_text().splitlines()
    rows = [line.split() for line in lines if line[:1].isdigit()]
    return [{"id": int(number), "x": int(x), "y": int(y)} for number, x, y in rows]


def line(*places):
    """Stops on a line; the id is the place."""
    return [{"id": place, "x": place, "y": 0} for place in places]


def check(answer, stops):
    """The answer visits each stop once, and its legs and length are those of its order."""
    where = {stop["id"]: (stop["x"], stop["y"]) for stop in stops}
    order = answer["order"]
    assert sorted(order) == sorted(where)
    ways = list(zip(order, order[1:] + order[:1]))
    if not answer["round"]:
        ways.pop()
    legs = [math.floor(math.dist(where[a], where[b]) + 0.5) for a, b in ways]
    assert answer["legs"] == legs and answer["length"] == sum(legs)


@pytest.mark.parametrize("name, shortest", [("kroA200", 29368), ("kroB200", 29437)])
def test_two_hundred_stops(client, name, shortest):
    """SEG-06: at most 5 % above the published optimum."""
    stops = tsplib(name)
    answer = client.call("route.plan", stops=stops)
    check(answer, stops)
    assert answer["round"] and answer["order"][0] == 1 and answer["metric"] == "euclidean"
    assert shortest <= answer["length"] <= shortest * 1.05
    assert client.call("route.plan", stops=stops) == answer


def test_writes_do_not_wait_for_a_plan(server, client):
    stops = tsplib("kroA200")
    with server.connect() as other:
        plans = [other.send("route.plan", stops=stops) for _ in range(2)]
        begun = time.monotonic()
        values = {"name": "济南历下药房", "phone": "053188001001"}
        client.call("record.create", type="customer", values=values)
        written = time.monotonic() - begun
        other.collect(plans)
        planned = time.monotonic() - begun
    assert written < planned


def test_ways_with_ends(client):
    stops = line(5, 1, 4, 2, 3)
    answers = {
        (None, None): [5, 4, 3, 2, 1],
        (1, None): [1, 2, 3, 4, 5],
        (None, 1): [5, 4, 3, 2, 1],
        (5, 1): [5, 4, 3, 2, 1],
    }
    for (start, end), order in answers.items():
        answer = client.call("route.plan", stops=stops, start=start, end=end)
        check(answer, stops)
        assert answer["round"] == (start is None and end is None)
        if start is not None or end is not None:
            assert answer["order"] == order
            assert answer["length"] == 4
    tour = client.call("route.plan", stops=stops, start=3, end=3)
    check(tour, stops)
    assert tour["round"] and tour["order"][0] == 3 and tour["length"] == 8
    middle = client.call("route.plan", stops=stops, start=2, end=3)
    check(middle, stops)
    assert (middle["order"][0], middle["order"][-1], middle["length"]) == (2, 3, 1 + 4 + 2)


def test_many_stops_with_ends(client):
    stops = tsplib("kroB200")
    tour = client.call("route.plan", stops=stops)
    way = client.call("route.plan", stops=stops[:199], start=17, end=101)
    check(way, stops[:199])
    assert (way["order"][0], way["order"][-1]) == (17, 101)
    assert way["length"] < tour["length"] * 1.05 + max(tour["legs"])
    free = client.call("route.plan", stops=stops, end=101)
    check(free, stops)
    assert free["order"][-1] == 101 and free["length"] < tour["length"]


def test_few_stops(client):
    one = client.call("route.plan", stops=line(7))
    assert (one["order"], one["legs"], one["length"]) == ([7], [0], 0)
    assert client.call("route.plan", stops=line(7), start=7)["order"] == [7]
    two = client.call("route.plan", stops=line(7, 9), start=9)
    assert (two["order"], two["legs"], two["round"]) == ([9, 7], [2], False)
    assert client.call("route.plan", stops=line(7, 9))["legs"] == [2, 2]


def test_degrees(client):
    stops = [
        {"id": 1, "lat": 36.6512, "lon": 117.1201},
        {"id": 2, "lat": "36.0671", "lon": "120.3826"},
        {"id": 3, "lat": "36.70", "lon": 119},
    ]
    answer = client.call("route.plan", stops=stops, start=1, metric="haversine")
    assert answer["order"] == [1, 3, 2] and answer["metric"] == "haversine"
    assert answer["length"] == sum(answer["legs"]) and 300_000 < answer["length"] < 320_000


def test_what_is_wrong_is_named(client):
    client.call("session.hello", lang="en", errors="map")
    good = {"id": 1, "lat": 36.6, "lon": 117.1}
    wrong = {
        "stops[1].lat": {"id": 2, "lat": 90.0001, "lon": 117},
        "stops[1].lon": {"id": 2, "lat": -90, "lon": -180.5},
        "stops[1].id": {"id": 1, "lat": 36, "lon": 117},
    }
    for field, stop in wrong.items():
        error = client.error("route.plan", stops=[good, stop])
        assert (error.code, error.field) == ("INVALID_ARGUMENT", field)
    for lat in ("", "-", ".", "3.6.", "abc", "1e3", None, True, [36]):
        error = client.error("route.plan", stops=[{**good, "lat": lat}])
        assert error.code == "INVALID_ARGUMENT", lat
    assert client.error("route.plan", stops=[good, {"id": 2, "x": 1, "y": 2}]).field == "stops[1].lat"
    assert client.error("route.plan", stops=[{"id": 1, "x": 100_000_000.1, "y": 0}]).field == "stops[0].x"
    client.call("route.plan", stops=[{"id": 1, "x": 100_000_000, "y": -100_000_000}])
    assert client.error("route.plan", stops=[good], metric="euclidean").field == "metric"
    assert client.error("route.plan", stops=[good], start=2).field == "start"
    assert client.error("route.plan", stops=[good], end=2).field == "end"
    assert client.error("route.plan", stops=[]).field == "stops"
    assert client.error("route.plan", stops=[{"lat": 1, "lon": 1}]).field == "stops[0].id"


def test_the_number_of_stops_is_limited(client):
    client.call("session.hello", lang="en", errors="map")
    for count in (199, 200):
        assert len(client.call("route.plan", stops=line(*range(count)))["order"]) == count
    error = client.error("route.plan", stops=line(*range(201)))
    assert (error.code, error.field) == ("TOO_LARGE", "stops")
    assert "packages.config.route.stops" in error.text


@pytest.mark.parametrize("field, least, most", [("stops", 2, 2000), ("kicks", 0, 200)])
def test_the_configuration_is_bounded(start_server, field, least, most):
    def configuration(value):
        return {"packages": {"enable": ["route"], "config": {"route": {field: value}}}}

    for value in (least, most):
        with start_server(configuration=configuration(value)).connect() as client:
            assert client.call("route.plan", stops=line(3, 1))["length"] == 4
    for value in (least - 1, most + 1):
        with pytest.raises(AssertionError, match=f"{field} must be at"):
            start_server(configuration=configuration(value))

"""Working days and working time from the calendar records, and the lunar calendar."""

from datetime import date, datetime, timedelta, timezone

import pytest

from server import CORE_ONLY

CHINA = timezone(timedelta(hours=8))
# E-04: a Friday.
SERVER = {"configuration": CORE_ONLY, "test_clock": "2026-03-13T10:00:00+08:00"}
HOUR = 3_600_000


def instant(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


def days_of(client, year):
    where = {"day": {"between": [f"{year}-01-01", f"{year}-12-31"]}}
    return client.call("record.find", type="calendar", where=where, order=["day"], limit=500)["items"]


# --- records --------------------------------------------------------------------------------------


def test_a_new_data_directory_knows_three_years(client):
    sources = {2024: "国办发明电〔2023〕7号", 2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}
    for year, source in sources.items():
        days = days_of(client, year)
        assert {day["source"] for day in days} == {source}
        assert all(day["name"] for day in days)
    kinds = {day["day"]: day["kind"] for day in days_of(client, 2026)}
    assert kinds["2026-09-20"] == kinds["2026-10-10"] == "workday"
    assert {kinds[f"2026-10-0{n}"] for n in range(1, 8)} == {"holiday"}
    assert "2026-10-08" not in kinds


def test_they_are_written_once(start_server):
    running = start_server(**SERVER)
    with running.connect() as client:
        before = len(days_of(client, 2026))
        client.call("record.delete", type="calendar", id=days_of(client, 2026)[0]["id"])
    running.stop()
    running.start()
    with running.connect() as client:
        assert len(days_of(client, 2026)) == before - 1
        assert client.call("calendar.working", **{"from": "2025-12-31", "days": 1})["date"] == "2026-01-01"


def test_working_days_agree_with_the_records(client):
    """Each day of 2024 to 2026, counted on here from the records alone."""
    kinds = {day["day"]: day["kind"] for year in (2024, 2025, 2026) for day in days_of(client, year)}
    day, count, asked = date(2024, 1, 1), 0, []
    while day < date(2026, 12, 31):
        day += timedelta(days=1)
        kind = kinds.get(day.isoformat())
        count += kind == "workday" or (kind is None and day.weekday() < 5)
        if day.day % 3 == 0:
            asked.append((day.isoformat(), count))
    numbers = [client.send("calendar.working", **{"from": "2024-01-01", "until": on}) for on, _ in asked]
    assert [result["days"] for result in client.collect(numbers)] == [days for _, days in asked]


# --- working days ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "days", "expected"),
    [
        ("2026-03-13", 1, "2026-03-16"),  # E-04: simple
        ("2026-03-13", 3, "2026-03-18"),  # general
        ("2026-09-29", 1, "2026-09-30"),  # E-05
        ("2026-09-29", 3, "2026-10-09"),
        ("2026-09-29", 6, "2026-10-13"),
        ("2026-09-29", 9, "2026-10-16"),
        ("2026-10-09", -3, "2026-09-29"),
        ("2026-10-04", 0, "2026-10-04"),
    ],
)
def test_counting_begins_with_the_day_after(client, since, days, expected):
    found = client.call("calendar.working", **{"from": since, "days": days})
    assert found["date"] == expected
    end = date.fromisoformat(expected) + timedelta(days=1)
    assert found["ends_at"] == instant(f"{end}T00:00:00")
    assert found["days"] == days


def test_without_parameters_it_is_about_today(client):
    found = client.call("calendar.working")
    assert found["from"] == found["date"] == "2026-03-13"
    assert found["working"] is True
    assert client.call("calendar.working", **{"from": "2026-10-04"})["working"] is False


def test_a_year_without_records_is_unknown(client):
    assert client.call("calendar.working", **{"from": "2031-05-03"})["working"] is None
    for params in ({"from": "2026-12-31", "days": 1}, {"from": "2026-12-31", "until": "2027-01-02"},
                   {"from": "2024-01-01", "days": -1}):
        error = client.error("calendar.working", **params)
        assert error.code == "VALIDATION_FAILED"
        assert "2027" in error.text or "2023" in error.text


def test_records_of_a_further_year_make_it_known(start_server):
    with start_server(**SERVER).connect() as client:
        values = {"day": "2027-01-01", "kind": "holiday", "name": "元旦", "source": "公司日历"}
        created = client.call("record.create", type="calendar", values=values)
        assert client.call("calendar.working", **{"from": "2026-12-31", "days": 1})["date"] == "2027-01-04"
        # A company's own day off counts from the next request on.
        client.call("record.update", type="calendar", id=created["id"], values={"kind": "workday"})
        assert client.call("calendar.working", **{"from": "2026-12-31", "days": 1})["date"] == "2027-01-01"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"days": 1, "until": "2026-03-20"}, "until"),
        ({"days": 100_001}, "days"),
        ({"days": -100_001}, "days"),
        ({"from": "2026-02-30"}, "from"),
        ({"day": 1}, "day"),
    ],
)
def test_wrong_parameters_are_named(client, params, field):
    client.call("session.hello", errors="map")
    error = client.error("calendar.working", **params)
    assert (error.code, error.field) == ("INVALID_ARGUMENT", field)


def test_limits_of_days_are_allowed(client):
    for days in (100_000, -100_000):
        assert client.error("calendar.working", days=days).code == "VALIDATION_FAILED"


# --- working time ---------------------------------------------------------------------------------


def test_time_crosses_lunch_weekends_and_holidays(client):
    def after(begin, hours):
        params = {"from": f"{begin}+08:00", "time": int(hours * HOUR)}
        return client.call("calendar.time", **params)["until"]

    assert after("2026-03-13T11:30:00", 0.5) == instant("2026-03-13T12:00:00")
    assert after("2026-03-13T11:30:00", 1) == instant("2026-03-13T14:00:00")
    assert after("2026-03-13T17:00:00", 2) == instant("2026-03-16T10:00:00")
    assert after("2026-09-30T17:00:00", 2) == instant("2026-10-08T10:00:00")
    measured = client.call("calendar.time", **{"from": "2026-03-13", "until": "2026-03-17"})
    assert measured["time"] == int(2 * 7.5 * HOUR)
    assert client.call("calendar.time")["time"] == 0
    assert client.call("calendar.time", until="2026-03-13T18:00:00+08:00")["time"] == int(6.5 * HOUR)


def test_working_hours_come_from_the_configuration(start_server):
    business = {"working_days": [1, 2, 3, 4, 5, 6], "working_hours": ["08:00-20:00"]}
    running = start_server(
        configuration={**CORE_ONLY, "business": business}, test_clock="2026-03-13T10:00:00+08:00"
    )
    with running.connect() as client:
        assert client.call("calendar.working", days=1)["date"] == "2026-03-14"
        assert client.call("calendar.time", time=12 * HOUR)["until"] == instant("2026-03-14T10:00:00")


def test_time_is_bounded(client):
    client.call("session.hello", errors="map")
    for params, field in (({"time": -1}, "time"), ({"time": 2**53 + 1}, "time"),
                          ({"time": 1, "until": "2026-03-14"}, "until"), ({"from": "now"}, "from")):
        assert client.error("calendar.time", **params).field == field
    assert client.error("calendar.time", time=2**53).code == "VALIDATION_FAILED"


# --- the lunar calendar ---------------------------------------------------------------------------


def test_dates_go_both_ways(client):
    day = client.call("calendar.lunar", date="2025-08-08")
    assert day == {"date": "2025-08-08", "lunar": "2025-06L-15", "name": "二〇二五年闰六月十五",
                   "year": 2025, "month": 6, "leap": True, "day": 15, "month_days": 29,
                   "festival": None}
    for written in ("2025-06L-15", "２０２５年闰６月１５", "二〇二五年闰六月十五"):
        assert client.call("calendar.lunar", lunar=written) == day
    assert client.call("calendar.lunar")["date"] == "2026-03-13"


def test_birthdays_follow_the_policies(client):
    def next_after(lunar, after):
        return client.call("calendar.birthday", lunar=lunar, after=after)["date"]

    assert next_after("1987-06L-15", "2024-07-20") == "2025-08-08"
    assert next_after("1987-06L-15", "2025-08-08") == "2026-07-28"
    assert next_after("1967-12-30", "2024-02-09") == "2025-01-28"
    assert next_after("1967-12-30", "2026-02-16") == "2027-02-05"
    assert client.call("calendar.birthday", lunar="1958-05-05")["date"] == "2026-06-19"


def test_festivals_have_their_days(client):
    def festival(name, **params):
        return client.call("calendar.festival", name=name, **params)["date"]

    assert festival("中秋节") == "2026-09-25"
    assert festival("春节") == "2027-02-06"
    assert festival("春节", year=2030) == "2030-02-03"
    assert festival("除夕", year=2025) == "2026-02-16"
    assert client.call("calendar.lunar", date="2026-02-17")["festival"] == "春节"
    assert "中秋节" in client.error("calendar.festival", name="圣诞节").text


@pytest.mark.parametrize(
    ("op", "params", "field"),
    [
        ("lunar", {"lunar": "2025-05L-01"}, "lunar"),
        ("lunar", {"lunar": "2025-12-30"}, "lunar"),
        ("lunar", {"lunar": "2100-01-01"}, "lunar"),
        ("lunar", {"date": "1901-02-18"}, "date"),
        ("lunar", {"date": "2100-02-09"}, "date"),
        ("lunar", {"date": "2026-03-13", "lunar": "2026-01-01"}, "lunar"),
        ("birthday", {}, "lunar"),
        ("birthday", {"lunar": "1987-06L-15", "after": "2100-02-08"}, "after"),
        ("festival", {"name": "国庆节"}, "name"),
        ("festival", {"name": "春节", "year": 1900}, "year"),
        ("festival", {"name": "春节", "year": 2100}, "year"),
    ],
)
def test_what_the_table_lacks_is_named(client, op, params, field):
    client.call("session.hello", errors="map")
    error = client.error(f"calendar.{op}", **params)
    assert (error.code, error.field) == ("INVALID_ARGUMENT", field)


def test_the_ends_of_the_table(client):
    assert client.call("calendar.lunar", date="1901-02-19")["lunar"] == "1901-01-01"
    assert client.call("calendar.lunar", date="2100-02-08")["lunar"] == "2099-12-30"

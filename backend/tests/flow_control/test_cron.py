"""When schedules are due: in their zones, through changes of the clock, and after a downtime."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.flow_control.cron import MOST_MISSED, due_times, next_time
from app.flow_control.spec import flow_problems
from app.graph.cron_text import NAMED_CRON

BERLIN = "Europe/Berlin"
#: The newest cronsim, which Python 3.10 does not have, knows that there are Mondays in a month without such a day.
MONDAYS_TOO = pytest.mark.skipif(version("cronsim") < "2.8", reason="cronsim before 2.8 takes it for impossible.")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def following(cron: str, zone: str, after: str, count: int = 3) -> list[str]:
    """So many times, in UTC."""
    found, moment = [], utc(after)
    for _ in range(count):
        next = next_time(cron, zone, moment)
        assert next is not None
        found.append(f"{next:%d %H:%M}")
        moment = next
    return found


def test_time_is_in_its_time_zone() -> None:
    assert following("30 8 * * *", BERLIN, "2026-01-10T00:00") == ["10 07:30", "11 07:30", "12 07:30"]
    assert following("30 8 * * *", BERLIN, "2026-07-10T00:00") == ["10 06:30", "11 06:30", "12 06:30"]
    assert following("30 8 * * *", "UTC", "2026-07-10T00:00", 1) == ["10 08:30"]


def test_skipped_local_time_runs_after_the_change() -> None:
    """On 29 March 2026 it is 3 o'clock in Berlin right after 1:59."""
    assert following("30 2 * * *", BERLIN, "2026-03-28T00:00") == ["28 01:30", "29 01:00", "30 00:30"]


def test_repeated_local_time_is_posted_once() -> None:
    """On 25 October 2026 it is half past two in Berlin twice."""
    assert following("30 2 * * *", BERLIN, "2026-10-24T00:00") == ["24 00:30", "25 00:30", "26 01:30"]


def test_minute_schedules_continue_through_clock_changes() -> None:
    leap = following("*/30 * * * *", BERLIN, "2026-03-29T00:15", 4)
    fold = following("*/30 * * * *", BERLIN, "2026-10-25T00:15", 4)

    assert leap == ["29 00:30", "29 01:00", "29 01:30", "29 02:00"]
    assert fold == ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]


@pytest.mark.parametrize("name", [*NAMED_CRON, "@daily", "@Weekly"])
def test_named_expressions_are_known(name: str) -> None:
    assert flow_problems({"schedule": {"cron": name}}) == []


@pytest.mark.parametrize(
    ("schedule", "pointer"),
    [
        ({}, "/schedule/cron"),
        ({"cron": ""}, "/schedule/cron"),
        ({"cron": "61 * * * *"}, "/schedule/cron"),
        ({"cron": "* * * *"}, "/schedule/cron"),
        ({"cron": "0 0 30 2 *"}, "/schedule/cron"),
        pytest.param({"cron": "0 0 31 2 MON"}, None, marks=MONDAYS_TOO),
        ({"cron": "* * * * 5L/2"}, "/schedule/cron"),
        ({"cron": "1/" + "9" * 5000 + " * * * *"}, "/schedule/cron"),
        ({"cron": "1," * 5000 + "1 * * * *"}, "/schedule/cron"),
        ({"cron": 5}, "/schedule/cron"),
        ({"cron": "@never"}, "/schedule/cron"),
        ({"cron": "@daily", "timezone": "Mars/Olympus"}, "/schedule/timezone"),
        ({"cron": "@daily", "timezone": "../../etc/passwd"}, "/schedule/timezone"),
        ({"cron": "@daily", "timezone": ""}, "/schedule/timezone"),
        ({"cron": "@daily", "timezone": "Europe"}, "/schedule/timezone"),
        ({"cron": "@daily", "timezone": "Europe/\x00"}, "/schedule/timezone"),
        ({"cron": "@daily", "timezone": "\ud800"}, "/schedule/timezone"),
        ({"cron": "@daily", "timezone": "x" * 100_000}, "/schedule/timezone"),
        ({"cron": "@daily", "payload": [1]}, "/schedule/payload"),
        ({"cron": "@daily", "overlap": "sometimes"}, "/schedule/overlap"),
        ({"cron": "@daily", "catch_up": True}, "/schedule/catch_up"),
        ({"cron": "@daily", "every": "1h"}, "/schedule/every"),
    ],
)
def test_invalid_schedule_is_named(schedule: Any, pointer: str | None) -> None:
    problems = flow_problems({"schedule": schedule})

    found = [(problem.code, problem.pointer) for problem in problems]
    assert found == ([] if pointer is None else [("INVALID_SCHEDULE", pointer)])


def test_every_expression_is_checked_in_little_time() -> None:
    """Rare ones as well: the 29 February that is the fifth Monday."""
    assert flow_problems({"schedule": {"cron": "0 0 29 2 MON#5", "timezone": BERLIN}}) == []
    assert flow_problems({"schedule": {"cron": "59 59 23 29 2 */7"}}) == []


NOW = utc("2026-05-05T12:00:30")


@pytest.mark.parametrize(("catch_up", "hours"), [("none", [12]), ("one", [12]), ("all", [9, 10, 11, 12])])
def test_time_due_now_counts_after_downtime(catch_up: str, hours: list[int]) -> None:
    times = due_times("0 * * * *", "UTC", utc("2026-05-05T09:00"), NOW, catch_up)

    assert [time.hour for time in times] == hours


@pytest.mark.parametrize(("catch_up", "hours"), [("none", []), ("one", [12]), ("all", [9, 10, 11, 12])])
def test_catch_up_setting_decides_missed_times(catch_up: str, hours: list[int]) -> None:
    times = due_times("0 * * * *", "UTC", utc("2026-05-05T09:00"), NOW + timedelta(minutes=5), catch_up)

    assert [time.hour for time in times] == hours


def test_missed_times_are_limited() -> None:
    times = due_times("* * * * *", BERLIN, utc("2016-01-01T00:00"), NOW, "all")

    assert len(times) == MOST_MISSED
    assert times[-1] == NOW.replace(second=0)
    assert times == sorted(times)


def test_time_equal_to_now_is_due() -> None:
    moment = utc("2026-05-05T12:00:00")

    assert due_times("0 12 * * *", "UTC", moment, moment, "none") == [moment]


@pytest.mark.parametrize("cron", ["30 2 * * *", "15 * * * *", "*/20 * * * *"])
@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_missed_times_equal_the_regular_times(cron: str, day: str) -> None:
    first = next_time(cron, BERLIN, utc(f"{day}T00:00"))
    assert first is not None
    end = utc(f"{day}T00:00") + timedelta(days=3)
    expected, moment = [], first
    while moment <= end and len(expected) < 1000:
        expected.append(moment)
        following = next_time(cron, BERLIN, moment)
        assert following is not None
        moment = following

    assert due_times(cron, BERLIN, first, end, "all") == expected[-MOST_MISSED:]


def test_overlap_and_concurrency_do_not_go_together() -> None:
    said = {"schedule": {"cron": "@daily", "overlap": "skip"}, "concurrency": {"limit": 1}}

    assert [problem.code for problem in flow_problems(said)] == ["INVALID_FLOW"]


@pytest.mark.parametrize("seconds", ["", "0 "])
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "0 2 * * *", "0,30 2 * * *", "30 2 * * SUN", "15 2,3 * * *", "30 2 L * *"]
)
@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_six_fields_mean_the_same_as_five(cron: str, seconds: str, day: str) -> None:
    assert following(f"{seconds}{cron}", BERLIN, f"{day}T00:00", 8) == following(cron, BERLIN, f"{day}T00:00", 8)


def test_skipped_time_with_seconds_is_posted_after_the_change() -> None:
    assert following("15 30 2 28 3 *", BERLIN, "2027-03-01T00:00", 1) == ["28 01:00"]
    assert following("*/10 30 2 * * *", BERLIN, "2027-03-28T00:00", 2) == ["28 01:00", "29 00:30"]


def test_repeated_time_with_seconds_is_posted_once() -> None:
    """On 31 October 2027 it is half past two in Berlin twice."""
    assert following("0 30 2 * * *", BERLIN, "2027-10-30T12:00") == ["31 00:30", "01 01:30", "02 01:30"]


def test_schedule_saved_in_the_repeated_hour_is_due_the_next_day() -> None:
    second_ten_past_two = "2026-10-25T01:10"

    assert following("30 2 * * *", BERLIN, second_ten_past_two, 1) == ["26 01:30"]


def test_catch_up_posts_the_first_of_two_repeated_times() -> None:
    half_past_two, second_ten_past_two = utc("2026-10-25T00:30"), utc("2026-10-25T01:10")

    assert due_times("30 2 * * *", BERLIN, half_past_two, second_ten_past_two, "one") == [half_past_two]


ZONES = st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2011, 12, 1), datetime(2030, 1, 1), timezones=st.just(timezone.utc))
FIELDS = st.tuples(
    st.sampled_from(["", "0 ", "15 ", "*/20 ", "* "]),
    st.sampled_from(["0", "30", "0,30", "59", "*", "*/15"]),
    st.sampled_from(["0", "1", "2", "2,3", "23", "*", "*/6"]),
)


@settings(max_examples=150)
@given(FIELDS, ZONES, MOMENTS)
def test_times_forward_and_backward_are_the_same(fields: tuple[str, ...], zone: str, start: datetime) -> None:
    cron = f"{fields[0]}{fields[1]} {fields[2]} * * *"
    expected, moment = [], start
    while len(expected) < 5:
        following = next_time(cron, zone, moment)
        assert following is not None
        assert following > moment
        expected.append(following)
        moment = following

    assert due_times(cron, zone, expected[0], expected[-1], "all") == expected

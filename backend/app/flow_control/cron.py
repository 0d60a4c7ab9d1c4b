"""When a schedule is due: cron expressions in a time zone, and what becomes of the times that nobody was there for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import dropwhile, islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

#: Names that stand for an expression.
NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
#: Characters of an expression.
LONGEST_CRON = 200
#: A time that has passed no longer than this ago was not missed.
ON_TIME = timedelta(seconds=60)
#: Times that are made up for at once, the latest ones.
MOST_MISSED = 100


def check_cron(text: str) -> str:
    """A cron expression that comes true some time. Raises ValueError."""
    if len(text) > LONGEST_CRON:
        raise ValueError(f"an expression has {LONGEST_CRON} characters at most")
    try:
        next(_from(text, ZoneInfo("UTC"), datetime.now(timezone.utc)))
    except StopIteration:
        raise ValueError("the expression never comes true") from None
    except (CronSimError, AssertionError, TypeError, ValueError) as error:
        reason = f" ({error})" if isinstance(error, CronSimError) else ""
        raise ValueError(f"not a cron expression{reason}: write minute, hour, day, month and day of the week") from None
    return text


def check_zone(name: str) -> str:
    """The name of a time zone. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not the name of a time zone, as Europe/Berlin") from None
    return name


def next_time(cron: str, zone: str, after: datetime) -> datetime | None:
    """The first time after this moment; None where there is none any more."""
    found = next(_from(cron, ZoneInfo(zone), after), None)
    return found and found.astimezone(timezone.utc)


def due_times(cron: str, zone: str, first: datetime, now: datetime, catch_up: str) -> list[datetime]:
    """
    The times to act on now, in order, of those from ``first`` on.

    ``catch_up`` says which of those that were missed count: none, one (the last), or all (the last hundred).
    """
    latest = takewhile(lambda time: time >= first, _back_from(cron, ZoneInfo(zone), now))
    times = list(islice(latest, MOST_MISSED))[::-1]
    if catch_up == "all":
        return times
    return [time for time in times if now - time <= ON_TIME] or (times[-1:] if catch_up == "one" else [])


def _from(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    return CronSim(NAMED.get(cron, cron), after.astimezone(zone))


def _back_from(cron: str, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """The times up to this moment, which is one of them, the latest first."""
    soon = (now + timedelta(minutes=1)).astimezone(zone)
    times = (time.astimezone(timezone.utc) for time in CronSim(NAMED.get(cron, cron), soon, reverse=True))
    return dropwhile(lambda time: time > now, times)

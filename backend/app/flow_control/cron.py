"""When a schedule is due: cron expressions in a time zone, and which missed times are made up for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import dropwhile, groupby, islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.graph.cron_text import cron_fields
from app.graph.names import quote

#: Characters of an expression.
LONGEST_CRON = 200
#: A time that is no older than this was not missed.
ON_TIME = timedelta(seconds=60)
#: Missed times that are posted at once, the latest ones.
MOST_MISSED = 100


def check_cron(text: str) -> str:
    """A cron expression that matches some date. Raises ValueError."""
    if len(text) > LONGEST_CRON:
        raise ValueError(f"it has {len(text):,} characters; an expression has at most {LONGEST_CRON}")
    try:
        next(_times_after(text, ZoneInfo("UTC"), datetime.now(timezone.utc)))
    except StopIteration:
        raise ValueError(f"{quote(text)} never matches a date") from None
    except (CronSimError, AssertionError, TypeError, ValueError) as error:
        reason = f" ({error})" if isinstance(error, CronSimError) else ""
        fields = "minute, hour, day, month and day of the week, with or without seconds before them"
        raise ValueError(f"{quote(text)} is not a cron expression{reason}; write {fields}") from None
    return text


def check_zone(name: str) -> str:
    """The name of a time zone. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{quote(name)} is not the name of a time zone; write for example Europe/Berlin") from None
    return name


def next_time(cron: str, zone: str, after: datetime) -> datetime | None:
    """The first time after this moment, in UTC; None if there is none."""
    found = next(_times_after(cron, ZoneInfo(zone), after), None)
    return found and found.astimezone(timezone.utc)


def due_times(cron: str, zone: str, first: datetime, now: datetime, catch_up: str) -> list[datetime]:
    """
    The times to post now, in order, from ``first`` on.

    ``catch_up`` decides about missed ones: ``none``, ``one`` (the last) or ``all`` (the last hundred).
    """
    latest = takewhile(lambda time: time >= first, _times_until(cron, ZoneInfo(zone), now))
    times = list(islice(latest, MOST_MISSED))[::-1]
    if catch_up == "all":
        return times
    return [time for time in times if now - time <= ON_TIME] or (times[-1:] if catch_up == "one" else [])


def _times_after(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The times after this moment, the first one first; equal ones may repeat."""
    local = after.astimezone(zone)
    if not _names_times_of_day(cron):
        return CronSim(cron_fields(cron), local)
    times = (_moment(wall, zone) for wall in CronSim(cron_fields(cron), local.replace(tzinfo=None)))
    return dropwhile(lambda time: time <= after, times)


def _times_until(cron: str, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """The different times up to this moment, which may be one of them, the latest first, in UTC."""
    soon = (now + timedelta(minutes=1)).astimezone(zone)
    times: Iterator[datetime]
    if _names_times_of_day(cron):
        start = soon.replace(tzinfo=None) + _set_back(soon)
        times = (_moment(wall, zone) for wall in CronSim(cron_fields(cron), start, reverse=True))
    else:
        times = CronSim(cron_fields(cron), soon, reverse=True)
    in_utc = (time.astimezone(timezone.utc) for time in times)
    return dropwhile(lambda time: time > now, (time for time, _ in groupby(in_utc)))


def _names_times_of_day(cron: str) -> bool:
    """
    True for an expression that names minutes and hours, with or without seconds.

    Its times are those of a clock on the wall, as in Debian's cron. Expressions in which the minute or the hour begins
    with ``*`` repeat at even intervals instead, through changes of the clock.
    """
    parts = cron_fields(cron).split()[-5:]
    return len(parts) == 5 and not parts[0].startswith("*") and not parts[1].startswith("*")


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """
    The moment at which a clock on the wall shows this time, the first one if it does so twice.

    For a time that the clock skips, the first moment after it was set forward.
    """
    found = wall.replace(tzinfo=zone, fold=0)
    while found != found.astimezone(timezone.utc).astimezone(zone):
        wall = wall.replace(second=0) + timedelta(minutes=1)
        found = wall.replace(tzinfo=zone, fold=0)
    return found


def _set_back(local: datetime) -> timedelta:
    """By how much the clock was set back within the day before this moment: the wall has shown later times already."""
    before = (local.astimezone(timezone.utc) - timedelta(days=1)).astimezone(local.tzinfo)
    return max(timedelta(), (before.utcoffset() or timedelta()) - (local.utcoffset() or timedelta()))

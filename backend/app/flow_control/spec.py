"""Flow control of a workflow: concurrency, rate limit, debounce, batch and schedule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
    model_validator,
)

from app.errors import InvalidDefinition, Problem
from app.flow_control.cron import check_cron, check_zone, next_time
from app.flow_control.key import check_key
from app.graph.durations import parse_seconds
from app.graph.model_errors import model_errors
from app.graph.numbers import whole_number
from app.storage.flow_control.fragments import MOST_SLOTS
from app.storage.flow_control.windows import MOST_EVENTS

#: Keys of a workflow that configure flow control.
KEYS = ("concurrency", "rate_limit", "debounce", "batch", "schedule", "self")


def _period(value: Any) -> float:
    found = parse_seconds(value)
    if not found:
        raise ValueError("it must be greater than 0")
    return found


KeyTemplate = Annotated[StrictStr, Field(max_length=1000), AfterValidator(check_key)]
Period = Annotated[float, BeforeValidator(_period)]
Limit = Annotated[int, BeforeValidator(lambda value: whole_number(value, "it", 1, MOST_SLOTS))]
Size = Annotated[int, BeforeValidator(lambda value: whole_number(value, "it", 1, MOST_EVENTS))]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Concurrency(_Settings):
    """At most ``limit`` live executions of one ``key``."""

    limit: Limit
    #: Absent, here and below: the limit applies to the whole workflow.
    key: KeyTemplate | None = None
    on_limit: Literal["queue", "drop", "replace"] = "queue"


class RateLimit(_Settings):
    """At most ``limit`` executions of one ``key`` start in any ``period``."""

    limit: Limit
    period: Period
    key: KeyTemplate | None = None
    on_limit: Literal["queue", "drop"] = "queue"


class Debounce(_Settings):
    """One execution for all events of one ``key`` that arrive within ``period`` of each other."""

    period: Period
    key: KeyTemplate | None = None
    #: The longest time that the first of them waits, in seconds.
    max_wait: Period | None = None


class Batch(_Settings):
    """One execution for ``size`` events of one ``key``, or for those that arrive within ``period`` of the first."""

    size: Size
    period: Period
    key: KeyTemplate | None = None


class Schedule(_Settings):
    """An event at each of these times, which starts this workflow whatever its trigger is."""

    cron: Annotated[StrictStr, AfterValidator(check_cron)]
    timezone: Annotated[StrictStr, AfterValidator(check_zone)] = "UTC"
    payload: dict[str, Any] | None = None
    #: The policy while the execution of an earlier time is live; absent: skip, or the policy of ``concurrency``.
    overlap: Literal["skip", "queue", "replace", "allow"] | None = None
    #: The missed times that are posted later.
    catch_up: Literal["none", "one", "all"] = "one"

    @property
    def when(self) -> tuple[str, str]:
        """The expression and the time zone."""
        return self.cron, self.timezone


class Flow(_Settings):
    """The flow control of one workflow."""

    concurrency: Concurrency | None = None
    rate_limit: RateLimit | None = None
    debounce: Debounce | None = None
    batch: Batch | None = None
    schedule: Schedule | None = None
    #: True lets events of the engine about executions of this workflow start it.
    starts_itself: StrictBool = Field(False, alias="self")

    @model_validator(mode="after")
    def _gathers_in_one_way(self) -> Flow:
        if self.debounce and self.batch:
            raise ValueError("debounce and batch exclude each other; remove one of them")
        if self.concurrency and self.schedule and self.schedule.overlap not in (None, "allow"):
            raise ValueError("schedule.overlap and concurrency exclude each other; remove one of them")
        return self

    @property
    def overlap(self) -> str:
        """The policy for a scheduled time while the execution of an earlier one is live."""
        if self.schedule is None or self.concurrency is not None:
            return "allow"
        return self.schedule.overlap or "skip"


def pick_flow(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The flow control in a body or a definition; None if there is none."""
    return {key: given[key] for key in KEYS if given.get(key) is not None} or None


def flow_problems(given: Mapping[str, Any] | None) -> list[Problem]:
    """The problems of a flow control."""
    try:
        read_flow(given)
    except InvalidDefinition as error:
        return error.problems
    return []


def read_flow(given: Mapping[str, Any] | None) -> Flow | None:
    """The flow control of a workflow, from JSON. Raises InvalidDefinition."""
    if not given:
        return None
    try:
        return Flow.model_validate(given)
    except ValidationError as error:
        raise InvalidDefinition([_flow_problem(*found) for found in model_errors(error, given)]) from error


def first_time(given: Mapping[str, Any] | None, after: datetime) -> datetime | None:
    """The first time of a workflow's schedule."""
    flow = read_flow(given)
    return next_time(*flow.schedule.when, after) if flow and flow.schedule else None


def is_scheduled_at(given: Mapping[str, Any] | None, time: datetime) -> bool:
    """True if this moment is a time of a workflow's schedule."""
    return first_time(given, time - timedelta(seconds=1)) == time


def _flow_problem(path: tuple[int | str, ...], message: str) -> Problem:
    code = f"INVALID_{str(path[0]).upper()}" if path else "INVALID_FLOW"
    place = ".".join(map(str, path))
    sentence = f"{place}: {message}." if path else f"{message[:1].upper()}{message[1:]}."
    return Problem(code, sentence, pointer="".join(f"/{part}" for part in path))

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
    WithJsonSchema,
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
Period = Annotated[float, BeforeValidator(_period), WithJsonSchema({"type": ["string", "number"]})]
Limit = Annotated[
    int,
    BeforeValidator(lambda value: whole_number(value, "it", 1, MOST_SLOTS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_SLOTS}),
]
Size = Annotated[
    int,
    BeforeValidator(lambda value: whole_number(value, "it", 1, MOST_EVENTS)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_EVENTS}),
]
KEY = "A template over the event, such as {{ customer.id }}; each value has its own limit. Empty: one for all."
PERIOD = "Seconds, or a text such as 90s, 5m or 1h."


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Concurrency(_Settings):
    """At most ``limit`` live executions of one ``key``."""

    limit: Limit = Field(description="Executions that are live at a time.")
    #: Absent, here and below: the limit applies to the whole workflow.
    key: KeyTemplate | None = Field(None, description=KEY)
    on_limit: Literal["queue", "drop", "replace"] = Field("queue", description="What becomes of one more.")


class RateLimit(_Settings):
    """At most ``limit`` executions of one ``key`` start in any ``period``."""

    limit: Limit = Field(description="Executions that begin in any period.")
    period: Period = Field(description=PERIOD)
    key: KeyTemplate | None = Field(None, description=KEY)
    on_limit: Literal["queue", "drop"] = Field("queue", description="What becomes of one more.")


class Debounce(_Settings):
    """One execution for all events of one ``key`` that arrive within ``period`` of each other."""

    period: Period = Field(description=f"The time without another event. {PERIOD}")
    key: KeyTemplate | None = Field(None, description=KEY)
    #: The longest time that the first of them waits, in seconds.
    max_wait: Period | None = Field(None, description="The longest time that the first event waits.")


class Batch(_Settings):
    """One execution for ``size`` events of one ``key``, or for those that arrive within ``period`` of the first."""

    size: Size = Field(description="Events that start one execution.")
    period: Period = Field(description=f"The longest time that the first event waits. {PERIOD}")
    key: KeyTemplate | None = Field(None, description=KEY)


class Schedule(_Settings):
    """An event at each of these times, which starts this workflow whatever its trigger is."""

    cron: Annotated[StrictStr, AfterValidator(check_cron)] = Field(
        description="Minute, hour, day of the month, month, day of the week, such as 0 9 * * 1-5."
    )
    timezone: Annotated[StrictStr, AfterValidator(check_zone)] = Field(
        "UTC", description="The time zone of the times, such as Europe/Berlin."
    )
    payload: dict[str, Any] | None = Field(None, description="The payload of the event.")
    #: The policy while the execution of an earlier time is live; absent: skip, or the policy of ``concurrency``.
    overlap: Literal["skip", "queue", "replace", "allow"] | None = Field(
        None, description="What happens while the execution of an earlier time is live."
    )
    #: The missed times that are posted later.
    catch_up: Literal["none", "one", "all"] = Field("one", description="The missed times that are posted later.")

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


#: The models of the members of a flow control.
_MEMBERS: Mapping[str, type[BaseModel]] = {
    "concurrency": Concurrency,
    "rate_limit": RateLimit,
    "debounce": Debounce,
    "batch": Batch,
    "schedule": Schedule,
}


def flow_schema() -> dict[str, Any]:
    """The JSON Schema of each member of a flow control, for a form."""
    described = {name: {**model.model_json_schema(), "title": name} for name, model in _MEMBERS.items()}
    itself = "Events of the engine about executions of this workflow may start it."
    return {**described, "self": {"type": "boolean", "description": itself}}


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

"""Flow control as its author writes it: how many executions of a workflow, how often, when, and of which events."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    model_validator,
)

from app.errors import InvalidDefinition, InvalidInput, InvalidTemplate, Problem, strip_pydantic
from app.flow_control.cron import check_cron, check_zone, next_time
from app.graph.durations import parse_seconds
from app.graph.numbers import whole_number
from app.logic.references import Source
from app.logic.templates import Scope, Template, compile_template
from app.storage.flow_control.fragments import MOST_SLOTS, UNLIMITED
from app.storage.flow_control.lanes import DROP, QUEUE, RATE, Lane
from app.storage.flow_control.windows import MOST_EVENTS, Window
from app.storage.json_text import dumps

#: Members of a workflow that say something about its flow.
KEYS = ("concurrency", "rate_limit", "debounce", "batch", "schedule")
#: Characters of a key that is kept as it is; of a longer one a digest is.
LONGEST_KEY = 200


def _key_type(text: str) -> str:
    """A template over the payload. Raises ValueError."""
    try:
        references = _compiled_key(text).references
    except InvalidTemplate as error:
        raise ValueError(str(error)) from error
    if not references:
        raise ValueError("a key is a template over the payload, for example {{ payload.customer.id }}")
    if any(reference.source not in (Source.PAYLOAD, Source.PARAMETER) for reference in references):
        raise ValueError("a key can only refer to the payload")
    return text


def _period(value: Any) -> float:
    found = parse_seconds(value)
    if not found:
        raise ValueError("it must be greater than 0")
    return found


KeyTemplate = Annotated[StrictStr, Field(max_length=1000), AfterValidator(_key_type)]
Period = Annotated[float, BeforeValidator(_period)]
Limit = Annotated[int, BeforeValidator(lambda value: whole_number(value, "it", 1, MOST_SLOTS))]
Size = Annotated[int, BeforeValidator(lambda value: whole_number(value, "it", 1, MOST_EVENTS))]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Concurrency(_Settings):
    """At most ``limit`` executions of one ``key`` live at a time."""

    limit: Limit
    #: Absent: all executions of the workflow share one lane; so it is with every key.
    key: KeyTemplate | None = None
    on_limit: Literal["queue", "drop", "replace"] = "queue"


class RateLimit(_Settings):
    """At most ``limit`` executions of one ``key`` begin in any ``period``."""

    limit: Limit
    period: Period
    key: KeyTemplate | None = None
    on_limit: Literal["queue", "drop"] = "queue"


class Debounce(_Settings):
    """One execution for all events of one ``key`` that come within ``period`` of each other."""

    period: Period
    key: KeyTemplate | None = None
    #: The first of them waits no longer than this.
    max_wait: Period | None = None


class Batch(_Settings):
    """One execution for ``size`` events of one ``key``, or for those that came within ``period`` of the first."""

    size: Size
    period: Period
    key: KeyTemplate | None = None


class Schedule(_Settings):
    """An event at each of these times, which starts this workflow whatever its trigger says."""

    cron: Annotated[StrictStr, AfterValidator(check_cron)]
    timezone: Annotated[StrictStr, AfterValidator(check_zone)] = "UTC"
    payload: dict[str, Any] | None = None
    #: What becomes of a time while the execution of an earlier one is live; absent: skip, or what ``concurrency`` says.
    overlap: Literal["skip", "queue", "replace", "allow"] | None = None
    #: Which of the times count that nobody was there for.
    catch_up: Literal["none", "one", "all"] = "one"

    @property
    def when(self) -> tuple[str, str]:
        return self.cron, self.timezone


class Flow(_Settings):
    """All that a workflow says about its flow."""

    concurrency: Concurrency | None = None
    rate_limit: RateLimit | None = None
    debounce: Debounce | None = None
    batch: Batch | None = None
    schedule: Schedule | None = None

    @model_validator(mode="after")
    def _gathers_in_one_way(self) -> Flow:
        if self.debounce and self.batch:
            raise ValueError("debounce and batch exclude each other: events gather in one way or the other")
        if self.concurrency and self.schedule and self.schedule.overlap not in (None, "allow"):
            raise ValueError("schedule.overlap is what concurrency says already: leave one of them out")
        return self

    @property
    def overlap(self) -> str:
        """What becomes of a scheduled time while the execution of an earlier one is live."""
        if self.schedule is None or self.concurrency is not None:
            return "allow"
        return self.schedule.overlap or "skip"


@dataclass(frozen=True)
class FlowLimits:
    """The lanes of one execution."""

    #: Counts what runs; where only the rate is limited, the same as ``rate``.
    lane: Lane | None = None
    #: Counts what begins in a period.
    rate: Lane | None = None

    @property
    def lanes(self) -> list[Lane]:
        return [lane for lane in dict.fromkeys((self.lane, self.rate)) if lane is not None]


NO_LIMITS = FlowLimits()


def flow_of(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a body or a definition says about flow; None where that is nothing."""
    return {key: given[key] for key in KEYS if given.get(key) is not None} or None


def flow_problems(said: Mapping[str, Any] | None) -> list[Problem]:
    """What is wrong with it."""
    try:
        read_flow(said)
    except InvalidDefinition as error:
        return error.problems
    return []


def read_flow(said: Mapping[str, Any] | None) -> Flow | None:
    """What a workflow says about its flow. Raises InvalidDefinition."""
    if not said:
        return None
    try:
        return Flow.model_validate(said)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        raise InvalidDefinition(
            [_flow_problem(problem["loc"], _error_words(problem)) for problem in problems]
        ) from error


def limits_of(workflow_id: str, flow: Flow | None, payload: Any) -> FlowLimits:
    """The lanes of an execution with this payload. Raises TooLarge, InvalidInput."""
    if flow is None:
        return NO_LIMITS
    lane = rate = None
    if (live := flow.concurrency) is not None:
        name = name_of("concurrency", workflow_id, live.key, payload)
        lane = Lane(name, live.limit, live.on_limit, workflow_id)
    if (often := flow.rate_limit) is not None:
        name = name_of(RATE, workflow_id, often.key, payload)
        rate = Lane(name, often.limit, often.on_limit, workflow_id, often.period)
    return FlowLimits(lane or rate, rate)


def lane_of(name: str, workflow_id: str, said: Mapping[str, Any] | None) -> Lane:
    """A workflow's lane as it is described now: open, where nothing is said any more. Raises InvalidDefinition."""
    flow = read_flow(said) or Flow()
    is_rate = name.startswith(f"{RATE}/")
    found = flow.rate_limit if is_rate else flow.concurrency
    if found is None:
        return Lane(name, UNLIMITED, QUEUE, workflow_id, 1.0 if is_rate else None)
    return Lane(name, found.limit, found.on_limit, workflow_id, found.period if isinstance(found, RateLimit) else None)


def scheduled_limits_of(workflow_id: str, flow: Flow | None, payload: Any) -> FlowLimits:
    """The lanes of an execution that the workflow's own schedule starts. Raises TooLarge, InvalidInput."""
    limits = limits_of(workflow_id, flow, payload)
    if flow is None or flow.overlap == "allow":
        return limits
    on_limit = DROP if flow.overlap == "skip" else flow.overlap
    return FlowLimits(Lane(f"schedule/{workflow_id}", 1, on_limit), limits.rate)


def first_time(said: Mapping[str, Any] | None, after: datetime) -> datetime | None:
    """When a workflow's schedule is due for the first time."""
    flow = read_flow(said)
    return next_time(*flow.schedule.when, after) if flow and flow.schedule else None


def window_of(workflow_id: str, flow: Flow | None, payload: Any) -> Window | None:
    """The window in which an event waits for others; None: it does not. Raises TooLarge, InvalidInput."""
    if flow is not None and (pause := flow.debounce) is not None:
        name = name_of("debounce", workflow_id, pause.key, payload)
        return Window(name, workflow_id, pause.period, MOST_EVENTS, max_period=pause.max_wait or float("inf"))
    if flow is not None and (batch := flow.batch) is not None:
        name = name_of("batch", workflow_id, batch.key, payload)
        return Window(name, workflow_id, batch.period, batch.size)
    return None


def name_of(what: str, workflow_id: str, key: str | None, payload: Any) -> str:
    """
    The name of a lane or window, one for each value of the key. Raises TooLarge, InvalidInput.

    A number, true and false are the same key as the text that is written alike: 7, 7.0 and "7". The text "null" is
    not null, and a text that is written like a list or an object is not that list or object.
    """
    if key is None:
        return f"{what}/{workflow_id}"
    text = _key_text(_compiled_key(key).render(Scope(payload=payload)))
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()
    return f"{what}/{workflow_id}/{text}"


def _key_text(value: Any) -> str:
    """The value in ASCII, since Postgres keeps neither NUL nor half a surrogate pair in text."""
    if isinstance(value, str):
        written = dumps(value)
        return written if value == "null" or value.startswith(("{", "[")) else written[1:-1]
    try:
        return dumps(dumps(_canonical(value)))[1:-1]
    except RecursionError:
        raise InvalidInput("The value of the key is nested too deeply.") from None


def _canonical(value: Any) -> Any:
    """The same for values that are equal in JSON: 7.0 is 7, and the order of an object's keys does not count."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _canonical(value[name]) for name in sorted(value)}
    return [_canonical(part) for part in value] if isinstance(value, (list, tuple)) else value


@lru_cache(maxsize=1000)
def _compiled_key(text: str) -> Template:
    return compile_template(text)


def _error_words(problem: Any) -> str:
    """What is wrong, without the words of Python."""
    return "it must be an object" if problem["type"] in ("model_type", "dict_type") else problem["msg"]


def _flow_problem(loc: tuple[int | str, ...], message: str) -> Problem:
    words = strip_pydantic(message)
    code = f"INVALID_{str(loc[0]).upper()}" if loc else "INVALID_FLOW"
    place = ".".join(map(str, loc))
    sentence = f"{place}: {words}." if loc else f"{words[:1].upper()}{words[1:]}."
    return Problem(code, sentence, pointer="".join(f"/{part}" for part in loc))

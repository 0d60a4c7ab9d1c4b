"""Flow control as its author writes it: how many executions of a workflow, and what becomes of the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from app.errors import InvalidDefinition, InvalidTemplate, Problem
from app.logic.references import Source
from app.logic.templates import Scope, Template, compile_template
from app.storage.documents import dumps
from app.storage.lanes import Lane

#: Members of a workflow that say something about its flow.
KEYS = ("concurrency",)
#: Slots that a lane may have.
MOST_SLOTS = 10_000
#: Characters of a key that is kept as it is; of a longer one a digest is.
LONGEST_KEY = 200


def _key(text: str) -> str:
    """A template over the payload. Raises ValueError."""
    try:
        references = _template(text).references
    except InvalidTemplate as error:
        raise ValueError(str(error)) from error
    if not references:
        raise ValueError("a key is a template over the payload, as {{ payload.customer.id }}")
    if any(reference.source not in (Source.PAYLOAD, Source.PARAMETER) for reference in references):
        raise ValueError("a key can only refer to the payload")
    return text


Key = Annotated[StrictStr, Field(max_length=1000), AfterValidator(_key)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Concurrency(_Said):
    """At most ``limit`` executions of one ``key`` live at a time."""

    limit: Annotated[StrictInt, Field(ge=1, le=MOST_SLOTS)]
    #: Absent: all executions of the workflow share one lane.
    key: Key | None = None
    on_limit: Literal["queue", "drop", "replace"] = "queue"


class Flow(_Said):
    """All that a workflow says about its flow."""

    concurrency: Concurrency | None = None


def said_in(given: Mapping[str, Any]) -> dict[str, Any] | None:
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
        raise InvalidDefinition([_problem(problem["loc"], problem["msg"]) for problem in problems]) from error


def lane_of(workflow_id: str, flow: Flow | None, payload: Any) -> Lane | None:
    """The lane of an execution with this payload; None where nothing limits it. Raises TooLarge, InvalidInput."""
    said = flow.concurrency if flow else None
    if said is None:
        return None
    return Lane(name_of("concurrency", workflow_id, said.key, payload), said.limit, said.on_limit, workflow_id)


def name_of(what: str, workflow_id: str, key: str | None, payload: Any) -> str:
    """What keeps apart the executions of different keys; text and numbers that read the same are one key."""
    if key is None:
        return f"{what}/{workflow_id}"
    value = _template(key).render(Scope(payload=payload))
    # As JSON, since Postgres keeps neither NUL nor half a surrogate pair in text.
    text = dumps(value if isinstance(value, str) else dumps(value))[1:-1]
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()
    return f"{what}/{workflow_id}/{text}"


@lru_cache(maxsize=1000)
def _template(text: str) -> Template:
    return compile_template(text)


def _problem(loc: tuple[int | str, ...], message: str) -> Problem:
    words = message.removeprefix("Value error, ").rstrip(".")
    code = f"INVALID_{str(loc[0]).upper()}" if loc else "INVALID_FLOW"
    place = ".".join(map(str, loc))
    return Problem(code, f"{place}: {words}.", pointer="".join(f"/{part}" for part in loc))

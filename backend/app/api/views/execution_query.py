"""The filter of executions in the query of a request, the same for every route that lists or counts them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query

from app.api.dependencies import CallerDep
from app.api.schemas.common import Moment, SearchText
from app.errors import InvalidInput
from app.storage.execution_filters import Filter
from app.storage.statuses import ExecutionStatus

Since = Annotated[Moment | None, Query(alias="from", description="Only those that were created since then.")]
Until = Annotated[Moment | None, Query(alias="to", description="Only those that were created before then.")]
Text = Annotated[
    SearchText | None,
    Query(description="A part of the workflow's name, or at least the first 8 characters of the id."),
]
Statuses = Annotated[str | None, Query(description="A status, or several, separated by commas.", examples=["FAILED"])]

Kind = Annotated[
    Literal["run", "test", "all"],
    Query(description="`test`: test executions, which are not listed otherwise; `all`: together with all others."),
]


def filter_of(
    caller: CallerDep,
    workflow_id: str | None = None,
    event_id: str | None = None,
    parent_id: str | None = None,
    forked_from: str | None = None,
    since: Since = None,
    until: Until = None,
    q: Text = None,
    kind: Kind = "run",
) -> Filter:
    """The filter beside the status."""
    return Filter(
        workflow_id=workflow_id,
        event_id=event_id,
        parent_id=parent_id,
        forked_from=forked_from,
        workflow_prefix=caller.workflow_prefix,
        since=since,
        until=until,
        q=q or None,
        is_test=None if kind == "all" else kind == "test",
    )


FilterDep = Annotated[Filter, Depends(filter_of)]


def read_statuses(text: str | None) -> tuple[ExecutionStatus, ...]:
    """The statuses in a text, each once. Raises InvalidInput."""
    words = [] if text is None else [word.strip() for word in text.split(",") if word.strip()]
    known = {status.value: status for status in ExecutionStatus}
    if text is not None and not words:
        raise InvalidInput(f"status is empty; it can be one or several of {', '.join(known)}.")
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None:
        raise InvalidInput(f"status has {unknown[:100]!r}; it can be one or several of {', '.join(known)}.")
    return tuple(dict.fromkeys(known[word] for word in words))

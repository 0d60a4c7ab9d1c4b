"""The filter of events in the query of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from app.api.schemas.common import Moment, SearchText
from app.errors import InvalidInput
from app.storage.event_search import EventFilter, Matched

_Matched = Annotated[
    Matched | None,
    Query(description="`none`: only events that matched no trigger; `yes`: others; `error`: a trigger failed."),
]
_Text = SearchText | None
_Path = Annotated[_Text, Query(description="Only those that have something at this path.", examples=["lead.source"])]
_Value = Annotated[_Text, Query(description="With `path`: the text, number, true or false that is there.")]
_Since = Annotated[Moment | None, Query(alias="from", description="Only those that were received since then.")]
_Until = Annotated[Moment | None, Query(alias="to", description="Only those that were received before then.")]


def event_filter_of(
    matched: _Matched = None,
    type: Annotated[_Text, Query(description="Only those of this type.", examples=["order.paid"])] = None,
    source: Annotated[_Text, Query(description="Only those from this source.", examples=["/shop"])] = None,
    since: _Since = None,
    until: _Until = None,
    path: _Path = None,
    value: _Value = None,
    q: Annotated[_Text, Query(description="Only those whose payload has this text.")] = None,
) -> EventFilter:
    """The filter of a request. Raises InvalidInput."""
    if value is not None and not path:
        raise InvalidInput(f"value is {value[:100]!r} and path is missing; give the path at which the value is.")
    texts = {"type": type, "source": source, "path": path, "q": q}
    given = {name: text for name, text in texts.items() if text}
    return EventFilter(matched=matched, since=since, until=until, value=value, **given)


EventFilterDep = Annotated[EventFilter, Depends(event_filter_of)]


def require_only_near(wanted: EventFilter) -> None:
    """Raise InvalidInput if another filter was given with ``near``, which would be ignored."""
    others = [
        name for name, value in vars(wanted).items() if value is not None and (name, value) != ("matched", "none")
    ]
    if others:
        names = {"since": "from", "until": "to"}
        raise InvalidInput(f"near and {names.get(others[0], others[0])} cannot be combined; leave one of them out.")

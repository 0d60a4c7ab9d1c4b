"""Responses: ASCII JSON, pages of lists, times in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from app.errors import InvalidInput
from app.storage.ids import parse_id
from app.storage.json_text import JsonText, dumps, write_object
from app.storage.pages import Page, PageOf

Row = TypeVar("Row")
Shown = Mapping[str, Any]


def json_response(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response whose body is this JSON text."""
    return Response(text.encode(), status, headers, media_type="application/json")


def respond(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as ASCII JSON, so that half a surrogate pair in stored data is written as it was received."""
    return json_response(dumps(value), status, headers)


def respond_object(members: Shown, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An object; members that are JsonText are written as they are."""
    return json_response(write_object(members), status, headers)


def respond_list(items: Iterable[Shown], headers: Mapping[str, str] | None = None) -> Response:
    """A list of objects."""
    return json_response("[" + ",".join(map(write_object, items)) + "]", headers=headers)


def page_of(
    limit: Annotated[int, Query(ge=1, le=1000, description="Items on a page.")] = 50,
    cursor: Annotated[str | None, Query(description="Start of the page, from the Link header of the last one.")] = None,
) -> Page:
    """The page that a request asks for."""
    if cursor is None:
        return Page(limit)
    after = parse_id(cursor)
    if after is None:
        raise InvalidInput(
            f"The cursor {cursor[:100]!r} is not valid; take it from the Link header of the page before."
        )
    return Page(limit, after)


FULL = "With documents of more than 4 kB, which are null otherwise, with their size beside them."
PageDep = Annotated[Page, Depends(page_of)]


def full_page_of(page: PageDep, full: Annotated[bool, Query(description=FULL)] = False) -> Page:
    """The page of a list whose items have documents of any size."""
    return replace(page, full=full)


FullPageDep = Annotated[Page, Depends(full_page_of)]


def respond_page(request: Request, found: PageOf[Row], show: Callable[[Row], Shown]) -> Response:
    """A page of a list."""
    return respond_shown_page(request, [show(row) for row in found.rows], more=found.more)


def respond_shown_page(request: Request, shown: Sequence[Shown], *, more: bool) -> Response:
    """A page whose items are built already; ``more``: another page follows."""
    return respond_list(shown, next_page(request, str(shown[-1]["id"])) if more else None)


def next_page(request: Request, cursor: str) -> dict[str, str]:
    """The ``Link`` header that names the next page."""
    return {"Link": f'<{request.url.include_query_params(cursor=cursor)}>; rel="next"'}


def as_time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return moment.astimezone(timezone.utc).isoformat() if moment else None


def as_text(json_text: str | None) -> JsonText | None:
    """A JSON column that was read as text."""
    return None if json_text is None else JsonText(json_text)

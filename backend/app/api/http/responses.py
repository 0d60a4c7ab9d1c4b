"""Answers: ASCII JSON, pages of lists, times in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from app.errors import InvalidInput
from app.storage.ids import parse_id
from app.storage.json_text import JsonText, dumps, write_object
from app.storage.pages import Page

Row = TypeVar("Row")


def json_response(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON text as it stands."""
    return Response(text.encode(), status, headers, media_type="application/json")


def respond(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value; ASCII, so that half a surrogate pair that somebody posted comes back as it was."""
    return json_response(dumps(value), status, headers)


def respond_object(members: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An object, of which some members are JSON text already."""
    return json_response(write_object(members), status, headers)


def respond_list(items: Iterable[Mapping[str, Any]], headers: Mapping[str, str] | None = None) -> Response:
    return json_response("[" + ",".join(map(write_object, items)) + "]", headers=headers)


def page_of(
    limit: Annotated[int, Query(ge=1, le=1000, description="Items on a page.")] = 50,
    cursor: Annotated[str | None, Query(description="Where the page begins: from the Link header of the last.")] = None,
) -> Page:
    """The page that a request asks for."""
    if cursor is None:
        return Page(limit)
    after = parse_id(cursor)
    if after is None:
        raise InvalidInput(f"The cursor {cursor[:100]!r} is none of ours.")
    return Page(limit, after)


PageDep = Annotated[Page, Depends(page_of)]


def respond_page(
    request: Request, page: Page, rows: Sequence[Row], show: Callable[[Row], Mapping[str, Any]]
) -> Response:
    """A page of a list; ``rows`` has one more than the page where another page follows."""
    shown = [show(row) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return respond_list(shown, next_page(request, str(shown[-1]["id"])) if more else None)


def next_page(request: Request, cursor: str) -> dict[str, str]:
    """The ``Link`` header that leads to the next page."""
    return {"Link": f'<{request.url.include_query_params(cursor=cursor)}>; rel="next"'}


def as_time(moment: datetime | None) -> str | None:
    return moment.astimezone(timezone.utc).isoformat() if moment else None


def as_text(json_text: str | None) -> JsonText | None:
    """A JSON column that was read as text."""
    return None if json_text is None else JsonText(json_text)

"""Pages of a list, newest first: ids grow with time, so the last id of a page is the cursor of the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Integer, Text, case, cast, func, null

Row = TypeVar("Row")

#: Bytes of a document that a list shows without being asked for it.
SMALL_DOCUMENT = 4096
#: Bytes of the documents of one page; a page that would have more is shorter.
PAGE_BYTES = 16_000_000


@dataclass(frozen=True)
class Page:
    """The part of a list that is asked for."""

    limit: int = 50
    #: The id after which the page begins; None: the newest.
    after: str | None = None
    #: True: with documents of any size.
    full: bool = False

    def of(self, query: Any, id: Any) -> Any:
        """The query for this page, and for one more row, which shows whether another page follows."""
        if self.after is not None:
            query = query.where(id < self.after)
        return query.order_by(id.desc()).limit(self.limit + 1)

    def cut(self, rows: Sequence[Row]) -> PageOf[Row]:
        """The rows of the page, of a query that ``of`` made."""
        return PageOf(rows[: self.limit], len(rows) > self.limit)


@dataclass(frozen=True)
class PageOf(Generic[Row]):
    """Rows, and whether there are more."""

    rows: Sequence[Row]
    more: bool


def count_fitting(sizes: Iterable[int], *, most: int = PAGE_BYTES) -> int:
    """How many of these documents fit on one page, at least one."""
    count = total = 0
    for size in sizes:
        total += size
        if count and total > most:
            break
        count += 1
    return count


def document(column: Any, *, full: bool) -> Any:
    """A JSON column as text; null where it is large, unless ``full``."""
    text = cast(column, Text)
    return text if full else case((func.octet_length(text) <= SMALL_DOCUMENT, text))


def left_out(column: Any, *, full: bool) -> Any:
    """The bytes of what ``document`` leaves out; null if it leaves out nothing."""
    size = func.octet_length(cast(column, Text), type_=Integer)
    return case((size > SMALL_DOCUMENT, size)) if not full else null()

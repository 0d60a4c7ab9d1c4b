"""Pages of a list, newest first: ids grow with time, so the last id of a page is the cursor of the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Generic, TypeVar

from sqlalchemy import Integer, Text, case, cast, func, null
from sqlalchemy.orm import Session

Row = TypeVar("Row")

#: Bytes of a document that a list shows without being asked for it.
SMALL_DOCUMENT = 4096
#: Bytes of the documents of one page; a page that would have more is shorter.
PAGE_BYTES = 16_000_000
#: The same for documents that are read as values, which take some ten times their bytes.
PAGE_BYTES_OF_VALUES = 4_000_000


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


def choose_ids(session: Session, page: Page, query: Any, id: Any, *, most: int = PAGE_BYTES) -> tuple[list[str], bool]:
    """
    The ids of a page whose documents have at most ``most`` bytes, or of one row; and whether there are more.

    ``query`` selects the id of each row and the bytes of its documents.
    """
    found = page.cut(session.execute(page.of(query, id)).all())
    ids = [row[0] for row in found.rows[: count_fitting((row[1] for row in found.rows), most=most)]]
    return ids, found.more or len(ids) < len(found.rows)


def bytes_of(*columns: Any) -> Any:
    """The bytes of JSON columns together."""
    sizes = [func.coalesce(func.octet_length(cast(column, Text), type_=Integer), 0) for column in columns]
    return reduce(add, sizes)


def document(column: Any, *, full: bool) -> Any:
    """A JSON column as text; null where it is large, unless ``full``."""
    text = cast(column, Text)
    return text if full else case((func.octet_length(text) <= SMALL_DOCUMENT, text))


def left_out(column: Any, *, full: bool) -> Any:
    """The bytes of what ``document`` leaves out; null if it leaves out nothing."""
    size = func.octet_length(cast(column, Text), type_=Integer)
    return case((size > SMALL_DOCUMENT, size)) if not full else null()

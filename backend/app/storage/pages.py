"""Pages of a list, newest first: ids grow with time, so the last id of a page says where the next one begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for."""

    limit: int = 50
    #: The id after which the page begins; None: the newest.
    after: str | None = None

    def of(self, query: Any, id: Any) -> Any:
        """The query for this page, and for one row more, which says whether there is another page."""
        if self.after is not None:
            query = query.where(id < self.after)
        return query.order_by(id.desc()).limit(self.limit + 1)

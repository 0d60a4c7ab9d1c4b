"""``/overview``: the last hour in numbers."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, SnapshotDep
from app.api.http.responses import as_time, respond
from app.api.router import make_router
from app.api.schemas.overview import OverviewRead
from app.storage.orm import cursor_of
from app.storage.overview import MOST_COUNTED, SECONDS, count_last_hour
from app.storage.waiting.inbox import count_inbox

router = make_router("/overview", tag="executions")

#: Members of the response by those of a part.
SERIES = ("events", "started", "failed", "asked")


@router.get("", dependencies=[requires("executions:read")], response_model=OverviewRead)
def get_overview(caller: CallerDep, session: SnapshotDep) -> Response:
    """Events, executions and approvals of the last hour, in 24 parts, and the approvals that wait now."""
    parts = count_last_hour(cursor_of(session), prefix=caller.workflow_prefix)
    waiting = count_inbox(session, prefix=caller.workflow_prefix)
    series = {name: show_series([getattr(part, name) for part in parts]) for name in SERIES}
    return respond({"since": as_time(parts[0].begins_at), "seconds": SECONDS, **series, **waiting._asdict()})


def show_series(counts: list[int]) -> dict[str, Any]:
    """A number of the hour; a part that was not counted to its end counts as far as it was."""
    bars = [min(count, MOST_COUNTED) for count in counts]
    return {"count": sum(bars), "is_more": max(counts) > MOST_COUNTED, "bars": bars}

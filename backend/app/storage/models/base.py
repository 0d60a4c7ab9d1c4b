"""The root of the models, and the types of columns that they share."""

from __future__ import annotations

from sqlalchemy import (
    DateTime,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase

# JSON, not JSONB: a document comes back as it was sent, with its order of keys, its 1.0 and its \u0000.
Id = Uuid(as_uuid=False)


Time = DateTime(timezone=True)


class Base(DeclarativeBase):
    """The base class of the models; a test compares its metadata with the migrations."""


#: A large table that changes everywhere: vacuumed after 2 % of its rows have changed, not after 20 %.
_LARGE: dict[str, float] = {
    "autovacuum_vacuum_scale_factor": 0.02,
    "autovacuum_vacuum_insert_scale_factor": 0.02,
    "autovacuum_analyze_scale_factor": 0.02,
}
#: A small table whose rows come and go: vacuumed after 1,000 of them, however many there are.
_LIVELY: dict[str, float] = {"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000}
#: Storage parameters by table. ``fillfactor`` is the percent to which pages are filled, so that new versions of rows
#: fit into the same page.
STORAGE: dict[str, dict[str, float]] = {
    "executions": {"fillfactor": 80, **_LARGE},
    "steps": _LARGE,
    "events": _LARGE,
    "lanes": {"fillfactor": 50, **_LIVELY},
    "windows": {"fillfactor": 50, **_LIVELY},
    "window_events": _LIVELY,
    "join_counts": {"fillfactor": 50, **_LIVELY},
    "fan_outs": {"fillfactor": 50, **_LIVELY},
    "fan_out_items": _LIVELY,
    "signals": _LIVELY,
    "subscriptions": _LIVELY,
    "unmatched_events": _LIVELY,
    "hook_refusals": {"fillfactor": 50, **_LIVELY},
    "engine_events": _LIVELY,
    "deliveries": {"fillfactor": 80, **_LARGE},
}

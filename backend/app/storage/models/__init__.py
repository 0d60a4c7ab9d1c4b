"""The tables, one module per subject; importing this package completes the metadata."""

from __future__ import annotations

from sqlalchemy import DDL, event

from app.storage.models import (
    access,
    backtests,
    deliveries,
    events,
    executions,
    flow_control,
    hooks,
    operations,
    revisions,
    secrets,
    waiting,
    workflows,
)
from app.storage.models.base import STORAGE, Base

__all__ = [
    "Base",
    "access",
    "backtests",
    "deliveries",
    "events",
    "executions",
    "flow_control",
    "hooks",
    "operations",
    "revisions",
    "secrets",
    "waiting",
    "workflows",
]

for table, parameters in STORAGE.items():
    settings = ", ".join(f"{name} = {value:g}" for name, value in parameters.items())
    event.listen(Base.metadata.tables[table], "after_create", DDL(f"ALTER TABLE {table} SET ({settings})"))  # type: ignore[no-untyped-call]  # SQLAlchemy has no types here

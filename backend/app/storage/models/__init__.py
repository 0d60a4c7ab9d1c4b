"""The tables, one module per subject; importing this package completes the metadata."""

from __future__ import annotations

from sqlalchemy import DDL, event

from app.storage.models import events, executions, flow_control, operations, waiting, workflows
from app.storage.models.base import FILL_FACTORS, Base

__all__ = ["Base", "events", "executions", "flow_control", "operations", "waiting", "workflows"]

for name, percent in FILL_FACTORS.items():
    set_fillfactor = DDL(f"ALTER TABLE {name} SET (fillfactor = {percent})")
    event.listen(Base.metadata.tables[name], "after_create", set_fillfactor)

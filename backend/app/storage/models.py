"""The tables."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    event,
)

from app.storage.models.base import FILLED, Base

for name, percent in FILLED.items():
    filled = DDL(f"ALTER TABLE {name} SET (fillfactor = {percent})")
    event.listen(Base.metadata.tables[name], "after_create", filled)

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
    """The root of the models; its metadata is what the migrations are held against."""


#: Percent to which pages of often updated tables are filled, so that new versions of rows fit into the same page.
FILL_FACTORS = {"executions": 80, "lanes": 50, "windows": 50, "join_counts": 50, "fan_outs": 50}

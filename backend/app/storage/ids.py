"""Ids: UUIDs that sort by the time they were made (version 7, RFC 9562), as text."""

from __future__ import annotations

import os
import time
import uuid

#: The id that nothing has.
NOBODY = str(uuid.UUID(int=0))


def new_id() -> str:
    """48 bits of milliseconds, then chance; later ids sort after earlier ones, so indexes grow at their end."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | chance
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def first_id_of(time: str) -> str:
    """SQL for the least id that is made at this time, an expression in SQL."""
    milliseconds = f"greatest(0, extract(epoch FROM {time}) * 1000)::bigint"
    return f"(lpad(to_hex({milliseconds}), 12, '0') || repeat('0', 20))::uuid"


def parse_id(text: str) -> str | None:
    """The id in its one spelling, or None where the text is no UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None

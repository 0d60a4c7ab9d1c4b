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


def parse_id(text: str) -> str | None:
    """The id in its one spelling, or None where the text is no UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None

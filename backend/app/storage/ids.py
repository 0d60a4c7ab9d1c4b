"""Ids: UUIDs that sort by the time they were made (version 7, RFC 9562), as text."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from datetime import datetime

from app.storage.clock import clock

#: The id that nothing has.
NOBODY = str(uuid.UUID(int=0))
#: Bits of an id that count inside one millisecond (``rand_a`` of the RFC), and bits of chance after them.
_COUNTER_BITS = 12
_CHANCE_BITS = 62


class _Chance:
    """Random bytes of the system, read many at once: each read lets other threads take the interpreter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes, self._at = b"", 0

    def take(self, count: int) -> int:
        """A number of so many bytes."""
        with self._lock:
            if self._at + count > len(self._bytes):
                self._bytes, self._at = os.urandom(4096), 0
            self._at += count
            return int.from_bytes(self._bytes[self._at - count : self._at], "big")

    def forget(self) -> None:
        """Read new bytes for the next number, as after a fork: its parent takes those that are left."""
        self._lock = threading.Lock()
        self._bytes = b""
        self._at = 0


class _Ticks:
    """Numbers that grow with every call, whatever the clock does: milliseconds since 1970, then a counter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self, chance: int) -> int:
        """The next one; ``chance`` is where the counter of a new millisecond begins."""
        start = clock.nanoseconds() // 1_000_000 << _COUNTER_BITS | chance
        with self._lock:
            self._last = max(start, self._last + 1)
            return self._last


_chance = _Chance()
os.register_at_fork(after_in_child=_chance.forget)
_ticks = _Ticks()


def new_id() -> str:
    """
    An id that sorts after every id that this process made before, so indexes grow at their end.

    48 bits of milliseconds, 12 bits that count inside a millisecond (both go on where the clock is set back), 62 bits
    of chance.
    """
    chance = _chance.take(10)
    # The counter begins in its lower half, so that a millisecond has room for 2,048 ids at least.
    tick = _ticks.next(chance >> 69)
    chance &= (1 << _CHANCE_BITS) - 1
    milliseconds, counter = tick >> _COUNTER_BITS, tick & (1 << _COUNTER_BITS) - 1
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | counter << 64 | 0x2 << 62 | chance
    return _text_of(f"{value:032x}")


def _text_of(digits: str) -> str:
    """The text of a UUID by its 32 hexadecimal digits; a third of the time that ``uuid.UUID`` takes."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def derived_id(id: str, name: str) -> str:
    """The id of a name in the space of another id, always the same: ``uuid.uuid5``, without its objects."""
    digest = bytearray(hashlib.sha1(bytes.fromhex(id.replace("-", "")) + name.encode(), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return _text_of(digest.hex()[:32])


def first_id_of(time: str) -> str:
    """SQL for the least id that is made at this time, an expression in SQL."""
    milliseconds = f"greatest(0, extract(epoch FROM {time}) * 1000)::bigint"
    return f"(lpad(to_hex({milliseconds}), 12, '0') || repeat('0', 20))::uuid"


def least_id_at(moment: datetime, *, seconds: float = 0) -> str:
    """The least id that is made so many seconds after a moment; that of 1970 for one before."""
    milliseconds = max(0, int((moment.timestamp() + seconds) * 1000))
    return str(uuid.UUID(int=min(milliseconds, 0xFFFF_FFFF_FFFF) << 80))


def id_after(id: str) -> str:
    """The least id that sorts after this one."""
    return str(uuid.UUID(int=uuid.UUID(id).int + 1))


def id_range_of(beginning: str) -> tuple[str, str]:
    """The least and the greatest id whose text begins so; hyphens do not count."""
    digits = beginning.replace("-", "").lower()[:32]
    return _text_of(digits.ljust(32, "0")), _text_of(digits.ljust(32, "f"))


def parse_id(text: str) -> str | None:
    """The canonical form of an id; None if the text is not a UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None

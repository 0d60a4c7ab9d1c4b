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
#: Bits of an id that count inside one millisecond (``rand_a`` of the RFC).
_COUNTER_BITS = 12
#: Bytes of the system that are read at once: each read lets other threads take the interpreter.
_READ = 1000
#: By a random hexadecimal digit the one that has the variant of the RFC, and two bits of chance.
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


class _Chance:
    """What is random in ids, made for many of them at once."""

    def __init__(self) -> None:
        self._ready: list[tuple[int, str]] = []

    def take(self) -> tuple[int, str]:
        """Where the counter of a new millisecond begins, and the last two groups of the id."""
        while True:
            try:
                # One step of the interpreter, so that no two threads get the same.
                return self._ready.pop()
            except IndexError:
                self._ready.extend(self._read())

    def forget(self) -> None:
        """Read new bytes for the next id, as after a fork: its parent takes those that are left."""
        self._ready = []

    @staticmethod
    def _read() -> list[tuple[int, str]]:
        digits = os.urandom(_READ).hex()
        starts = range(0, len(digits) - 19, 20)
        # The counter begins in its lower half, so that a millisecond has room for 2,048 ids at least.
        return [
            (
                int(digits[at : at + 3], 16) >> 1,
                f"{_VARIANTS[digits[at + 3]]}{digits[at + 4 : at + 7]}-{digits[at + 7 : at + 19]}",
            )
            for at in starts
        ]


class _Ticks:
    """Numbers that grow with every call, whatever the clock does: milliseconds since 1970, then a counter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self, chance: int) -> int:
        """The next one; ``chance`` is where the counter of a new millisecond begins."""
        start = clock.nanoseconds() // 1_000_000 << _COUNTER_BITS | chance
        with self._lock:
            self._last = last = start if start > self._last else self._last + 1
            return last


_chance = _Chance()
os.register_at_fork(after_in_child=_chance.forget)
_ticks = _Ticks()


def new_id() -> str:
    """
    An id that sorts after every id that this process made before, so indexes grow at their end.

    48 bits of milliseconds, 12 bits that count inside a millisecond (both go on where the clock is set back), 62 bits
    of chance.
    """
    counter, chance = _chance.take()
    tick = _ticks.next(counter)
    return f"{tick >> 28 & 0xFFFF_FFFF:08x}-{tick >> 12 & 0xFFFF:04x}-7{tick & 0xFFF:03x}-{chance}"


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

"""
The wall clock of a Python process that is off by ``CLOCK_SKEW`` seconds: run it with this folder on ``PYTHONPATH``.

libfaketime 0.9.10 cannot do this: under it, ``time.sleep`` of Python 3.11 raises EINVAL.
"""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

SKEW = float(os.environ.get("CLOCK_SKEW", "0"))
_time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime


class _Kind(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, _datetime)


class _Skewed(_datetime, metaclass=_Kind):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _datetime.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return _datetime.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)


if SKEW:
    time.time = lambda: _time() + SKEW
    time.time_ns = lambda: _time_ns() + int(SKEW * 1e9)
    datetime.datetime = _Skewed  # type: ignore[misc]

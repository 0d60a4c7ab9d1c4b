"""Durations as people write them: seconds, or ``1.5s``, ``5m``, ``2h``, ``30d``."""

from __future__ import annotations

import math
import re
from typing import Any

from app.graph.names import quote

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WRITTEN = re.compile(r"\s*(\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})\s*(ms|[smhd])?\s*", re.ASCII)
#: A hundred years in seconds; a longer time is a mistake, and dates would overflow.
LONGEST = 100 * 365 * 86400.0


def parse_seconds(value: Any) -> float:
    """The duration in seconds. Raises ValueError with a full sentence."""
    found = _read_duration(value)
    if found is None:
        raise ValueError(f"{quote(value)} is not a duration: write seconds, or a number with s, m, h or d.")
    if found > LONGEST:
        raise ValueError(f"{quote(value)} is longer than a hundred years.")
    return found


def _read_duration(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _require_finite(value)
    match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _UNITS[match[2] or "s"] if match else None


def _require_finite(value: float) -> float | None:
    if value > LONGEST:
        return math.inf
    return float(value) if value >= 0 else None

"""When a delivery that failed is tried again: after seconds at first, after hours at last, for about a day."""

from __future__ import annotations

#: Attempts before a delivery is given up.
MAX_ATTEMPTS = 12
#: Seconds after the first attempt, by how much each further pause is longer, and the longest.
FIRST_PAUSE, FACTOR, LONGEST_PAUSE = 5.0, 3.0, 6 * 3600.0
#: The share by which a pause is longer or shorter by chance, so that receivers that return are not hit all at once.
JITTER = 0.2


def pause_after(attempt: int, chance: float) -> float | None:
    """
    Seconds from this attempt, the first is 1, to the next one; None: it was the last.

    ``chance`` is from 0 to 1. With 0.5 the pauses are 5 s, 15 s, 45 s, 2 min, 7 min, 20 min, 1 h, 3 h, and 6 h three
    times: together 22.5 hours.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    pause = min(FIRST_PAUSE * FACTOR ** (attempt - 1), LONGEST_PAUSE)
    return pause * (1 + JITTER * (2 * chance - 1))

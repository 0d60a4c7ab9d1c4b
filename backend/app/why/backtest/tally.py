"""What a backtest counts: the sizes of its sets, over time, and what each clause of the rule decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: The sets of a backtest: matched by the rule and not by the one that it is compared with, the other way round, matched
#: by both, raised an error, nearly matched. An event may be near, and lost as well.
NEW, LOST, SAME, ERROR, NEAR = SETS = ("new", "lost", "same", "error", "near")
#: Sets that are counted over time.
OVER_TIME = (NEW, LOST, SAME)
#: Parts into which the time of a backtest is divided.
BUCKETS = 60


@dataclass
class Tally:
    """Counts of a part of a backtest; tallies of different events can be added."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SETS, 0))
    #: The counts of ``OVER_TIME`` by the number of the bucket.
    buckets: dict[int, list[int]] = field(default_factory=dict)
    passed: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        for kind, count in other.counts.items():
            self.counts[kind] += count
        for number, counts in other.buckets.items():
            self.buckets[number] = _sums(self.buckets.get(number, [0] * len(OVER_TIME)), counts)
        self.passed = _sums(self.passed, other.passed)
        self.alone = _sums(self.alone, other.alone)

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "counts": self.counts,
            "buckets": {str(number): counts for number, counts in self.buckets.items()},
            "passed": self.passed,
            "alone": self.alone,
        }

    @staticmethod
    def of(given: Mapping[str, Any] | None) -> Tally:
        """The counts that ``as_dict`` gave; without any, zero."""
        if not given:
            return Tally()
        buckets = {int(number): counts for number, counts in given["buckets"].items()}
        return Tally(dict(given["counts"]), buckets, given["passed"], given["alone"])


def sum_tallies(tallies: Iterable[Any]) -> Tally:
    """The sum of tallies that are JSON."""
    total = Tally()
    for each in tallies:
        total.add(Tally.of(each))
    return total


def _sums(left: list[int], right: list[int]) -> list[int]:
    if not left or not right:
        return left or right
    return [a + b for a, b in zip(left, right, strict=True)]


@dataclass(frozen=True)
class Timeline:
    """The time of a backtest, in parts of the same length."""

    start: datetime
    end: datetime

    def bucket_of(self, moment: datetime) -> int:
        """The number of the part that a moment is in."""
        share = (moment - self.start) / (self.end - self.start)
        return min(max(int(share * BUCKETS), 0), BUCKETS - 1)

    def bucket_of_all(self, first: datetime, last: datetime) -> int | None:
        """The number of the part that all moments between these are in; None if they are in more than one."""
        number = self.bucket_of(first)
        return number if self.bucket_of(last) == number else None

    def count_buckets(self, moments: Sequence[datetime]) -> Counter[int]:
        """How many of these moments are in each part."""
        return Counter(map(self.bucket_of, moments))

    def bounds_of(self, number: int) -> tuple[datetime, datetime]:
        """The first moment of a part, and of the part after it."""
        step = (self.end - self.start) / BUCKETS
        return self.start + number * step, self.end if number == BUCKETS - 1 else self.start + (number + 1) * step

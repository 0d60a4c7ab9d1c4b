"""Estimates, from the other triggers, of the events that fulfil a predicate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.triggers.index.conditions import AnyOf, Between, Contains, Equals
from app.triggers.index.predicates import Predicates


def distinct_values(triggers: Iterable[Predicates]) -> dict[tuple[str, ...], int]:
    """The number of different constants at each path."""
    constants: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for needed in triggers:
        for any_of in needed:
            for condition in any_of:
                if isinstance(condition, (Equals, Contains)):
                    constants[condition.variable.path].add(hash(condition.value))
    return {path: len(values) for path, values in constants.items()}


def selectivity(any_of: AnyOf, variety: Mapping[tuple[str, ...], int]) -> float:
    """
    An estimate of the share of events that fulfil a predicate.

    Equality comes before intervals, because triggers that share a constant can be divided further.
    """
    share = 0.0
    for condition in any_of:
        if isinstance(condition, (Equals, Contains)):
            share += min(1 / (1 + variety[condition.variable.path]), 0.5 / len(any_of))
        elif isinstance(condition, Between):
            share += 0.6 if condition.high - condition.low < float("inf") else 0.7
        else:
            share += 0.9
        if condition.accepts(condition.variable.default):
            share += 0.5
    return share

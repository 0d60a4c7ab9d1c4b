"""
Deciding one event against 10,000 triggers, through the index and by asking each of them.

Run it in ``backend/``: ``python -m benchmarks.bench_triggers``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import json_logic

from app.errors import RuleFailed
from app.logic.jsonlogic import Rule, compile_rule
from app.logic.rule import BareRule
from app.triggers.index.trigger_index import TriggerIndex

TRIGGERS = 10_000
EVENTS = 200


def make_trigger(number: int, chance: random.Random) -> Any:
    """One of a mix: 60% equality and a bound, 25% equality, 14.6% an interval, 0.4% nothing to look up."""
    kind = chance.random()
    if kind < 0.6:
        source = {"==": [{"var": "lead.source"}, f"source-{number % 500}"]}
        return {"and": [source, {">": [{"var": "lead.score"}, chance.randint(0, 100)]}]}
    if kind < 0.85:
        return {"==": [{"var": "customer.id"}, number]}
    if kind < 0.996:
        low = chance.randint(0, 100_000)
        return {"<=": [low, {"var": "reading.value"}, low + 50]}
    return {"!=": [{"var": "lead.source"}, f"source-{number % 500}"]}


def make_event(chance: random.Random) -> dict[str, Any]:
    return {
        "lead": {"source": f"source-{chance.randrange(500)}", "score": chance.randint(0, 100), "name": "Ada"},
        "customer": {"id": chance.randrange(TRIGGERS), "country": "NL"},
        "reading": {"value": chance.randint(0, 100_000), "unit": "C"},
        "tags": ["a", "b", "c"],
    }


def microseconds(decide: Callable[[dict[str, Any]], int], events: list[dict[str, Any]]) -> float:
    """The time of one decision, as the median over the events."""
    times = []
    for event in events:
        start = time.perf_counter()
        decide(event)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e6


def holds(rule: BareRule | Rule, event: Any) -> bool:
    try:
        return rule.holds(event)
    except RuleFailed:
        return False


def main() -> None:
    chance = random.Random(1)
    sources = [make_trigger(number, chance) for number in range(TRIGGERS)]
    events = [make_event(chance) for _ in range(EVENTS)]
    start = time.perf_counter()
    rules = [compile_rule(source) for source in sources]
    compiled = time.perf_counter()
    index = TriggerIndex(enumerate(rules))
    built = time.perf_counter()

    def by_index(event: dict[str, Any]) -> int:
        return sum(holds(rule, event) for _, rule in index.candidates(event))

    def one_by_one(event: dict[str, Any]) -> int:
        return sum(holds(rule, event) for rule in rules)

    def by_library(event: dict[str, Any]) -> int:
        return sum(bool(json_logic.jsonLogic(source, event)) for source in sources)

    assert [by_index(event) for event in events[:20]] == [one_by_one(event) for event in events[:20]]
    asked = sum(len(index.candidates(event)) for event in events) / EVENTS
    matched = sum(map(by_index, events)) / EVENTS
    fast = microseconds(by_index, events)
    slow = microseconds(one_by_one, events[:20])
    library = microseconds(by_library, events[:5])
    print(f"compile {TRIGGERS:,} triggers {compiled - start:.2f} s, build the index {built - compiled:.2f} s")
    print(f"an event asks {asked:.0f} of them, {matched:.0f} match")
    print(f"one event: index {fast:,.0f} µs; one by one {slow:,.0f} µs; json-logic-qubit one by one {library:,.0f} µs")


if __name__ == "__main__":
    main()

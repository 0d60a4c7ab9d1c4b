"""
Explaining one decision of a rule of 20 clauses, and finding the misses of 10,000 rules.

Run it in ``backend/``: ``python -m benchmarks.bench_why``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from app.logic.jsonlogic import compile_rule
from app.why.explain import decide, explain
from app.why.reasons import find_reasons
from app.why.shapes import show_reasons
from benchmarks.bench_triggers import make_event, make_trigger

ROUNDS = 30
RULES = 10_000
METADATA = {"type": "lead.new", "source": "/crm"}


def make_rule(clauses: int) -> dict[str, Any]:
    """Comparisons of as many fields; the last are alternatives, a list and a presence."""
    plain = [
        {"==": [{"var": f"lead.f{n}"}, n]} if n % 3 else {">": [{"var": f"lead.f{n}"}, n]} for n in range(clauses - 4)
    ]
    either = {"or": [{"in": [{"var": "lead.source"}, ["LinkedIn", "Web"]]}, {"==": [{"var": "lead.vip"}, True]}]}
    return {"and": [*plain, either, {"!": {"missing": ["lead.id"]}}]}


def make_lead(clauses: int) -> dict[str, Any]:
    """An event of which three clauses fail: a number is too small, a text is in small letters, an id is missing."""
    fields = {f"f{n}": n if n % 3 or n == 3 else n + 1 for n in range(clauses - 4)}
    return {"lead": {**fields, "source": "linkedin", "name": "Ada", "country": "NL"}}


def milliseconds(work: Callable[[], Any]) -> float:
    """The CPU time of one call, as the median of rounds of ten."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(10):
            work()
        times.append((time.process_time() - start) / 10)
    return sorted(times)[ROUNDS // 2] * 1e3


def main() -> None:
    rule, lead = make_rule(20), make_lead(20)
    everything = milliseconds(lambda: show_reasons(find_reasons(rule, lead, METADATA)))
    alone = milliseconds(lambda: explain(rule, lead, METADATA))
    chance = random.Random(1)
    rules = [compile_rule(make_trigger(number, chance)) for number in range(RULES)]
    event = make_event(chance)
    start = time.process_time()
    for each in rules:
        decide(each, event)
    misses = (time.process_time() - start) * 1e3

    print("| explanation | CPU time |")
    print("|---|---|")
    print(f"| one decision, a rule of 20 clauses, with flips and notes | {everything:.1f} ms |")
    print(f"| the same without flips and notes | {alone:.1f} ms |")
    print(f"| the misses of {RULES:,} rules for one event | {misses:,.0f} ms |")


if __name__ == "__main__":
    main()

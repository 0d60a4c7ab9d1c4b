"""The report of a backtest: its counts over time, the clauses that decide, and the executions that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.errors import InvalidRule
from app.flow_control.spec import read_flow
from app.logic.jsonlogic import compile_rule
from app.logic.pointer import follow_pointer
from app.storage.backtests import effects, work
from app.storage.backtests.matches import iterate_matches
from app.storage.backtests.work import Backtest
from app.storage.database import Cursor
from app.storage.json_text import dumps
from app.why.backtest.simulation import Simulation, reads_payload
from app.why.backtest.tally import NEW, SAME, Tally, Timeline, sum_tallies
from app.why.backtest.trial import MOST_CLAUSES, leaves_of

#: Characters of a clause that is shown as it is written.
_LONGEST = 120
_COMPARISONS = frozenset({"==", "===", "!=", "!==", "<", "<=", ">", ">=", "in"})


def make_report(cursor: Cursor, backtest: Backtest) -> dict[str, Any]:
    """What a backtest found, as JSON; its slices are done. Raises InvalidDefinition."""
    tally = sum_tallies(work.read_tallies(cursor, backtest.id))
    matches = tally.counts[NEW] + tally.counts[SAME]
    return {
        **show_tally(backtest, tally),
        "executions": {"matches": matches, "would_start": _count_executions(cursor, backtest, matches)},
        "lost_executions": effects.count_lost(cursor, backtest.id, backtest.workflow_id),
        "per_execution": effects.measure_executions(cursor, backtest.workflow_id),
    }


def show_tally(backtest: Backtest, tally: Tally) -> dict[str, Any]:
    """The counts of a backtest, whether it is complete or not."""
    timeline = Timeline(backtest.from_time, backtest.to_time)
    return {
        "counts": tally.counts,
        "buckets": [_show_bucket(timeline, number, tally.buckets[number]) for number in sorted(tally.buckets)],
        "clauses": _show_clauses(backtest.rule, tally),
    }


def _show_bucket(timeline: Timeline, number: int, counts: Iterable[int]) -> dict[str, Any]:
    start, end = timeline.bounds_of(number)
    new, lost, same = counts
    return {"from": start.isoformat(), "to": end.isoformat(), "new": new, "lost": lost, "same": same}


def _show_clauses(rule: Any, tally: Tally) -> list[dict[str, Any]]:
    try:
        leaves = leaves_of(compile_rule(rule))
    except InvalidRule:
        # An operator of the rule is not registered here any more.
        return []
    if len(leaves) > MOST_CLAUSES:
        return []
    passed = tally.passed or [0] * len(leaves)
    alone = tally.alone or [0] * len(leaves)
    return [
        {
            "pointer": leaf.pointer,
            "words": describe_part(follow_pointer(rule, leaf.pointer)),
            "passed": passed[number],
            "failed_alone": alone[number],
            "never_true": passed[number] == 0,
        }
        for number, leaf in enumerate(leaves)
    ]


def describe_part(source: Any) -> str:
    """A part of a rule in short: "`lead.score` > 75"."""
    if isinstance(source, dict) and len(source) == 1:
        ((name, arguments),) = source.items()
        listed = arguments if isinstance(arguments, (list, tuple)) else [arguments]
        if name == "var" and listed and isinstance(listed[0], str):
            return f"`{listed[0]}`"
        if name in _COMPARISONS and len(listed) == 2:
            return f"{describe_part(listed[0])} {name} {describe_part(listed[1])}"
    text = dumps(source)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _count_executions(cursor: Cursor, backtest: Backtest, matches: int) -> int:
    """The executions that flow control makes of the matches. Raises InvalidDefinition."""
    flow = read_flow(backtest.flow)
    if flow is None or not (flow.debounce or flow.batch or flow.rate_limit):
        return matches
    simulation = Simulation(backtest.workflow_id or backtest.id, flow)
    return simulation.run(iterate_matches(cursor, backtest.id, with_payloads=reads_payload(flow)))

"""Search the smallest changes that turn a rule, within a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.logic.clauses import Clause
from app.logic.rule import Rule
from app.why.flips.changes import ABSENT, Flip
from app.why.flips.event_flips import event_flips, own_options
from app.why.flips.goals import GoalSet, goal_sets
from app.why.flips.subject import Subject
from app.why.flips.trigger_flips import renaming_flip, trigger_flips
from app.why.wording.names import name_clause

#: Seconds that a search may take, and flips of one answer.
LIMIT = 0.05
MAX_FLIPS = 5


@dataclass(frozen=True)
class Unseen:
    """A clause that no change of a single value can be computed for."""

    pointer: str
    message: str


@dataclass(frozen=True)
class Flips:
    """The changes that turn an answer, fewest first."""

    flips: list[Flip] = field(default_factory=list)
    #: False if the time was up before all were looked for.
    complete: bool = True
    #: Clauses that the search cannot see into.
    unseen: list[Unseen] = field(default_factory=list)


def find_flips(
    rule: Any,
    payload: Any,
    extra: Mapping[str, Any],
    tree: Clause,
    *,
    wanted: bool,
    compiled: Rule | None = None,
    limit: float = LIMIT,
    clock: Callable[[], float] = time.perf_counter,
) -> Flips:
    """
    The smallest changes of the event or the rule that give the rule this answer; at most five.

    Each was applied and the rule evaluated again. ``tree`` is the trace of the rule on the event, ``compiled`` the rule
    if it is compiled already; ``limit`` is in seconds.
    """
    end = clock() + limit

    def in_time() -> bool:
        return clock() < end

    subject = Subject(rule, payload, extra, tree, compiled=compiled)
    renamed = renaming_flip(subject, wanted, in_time) if wanted else None
    found = [] if renamed is None else [renamed]
    sets = goal_sets(tree, wanted)
    for goals in sets:
        if not in_time():
            break
        found += [flip for flip in event_flips(subject, goals, wanted, in_time) if not (renamed and _only_wraps(flip))]
        found += trigger_flips(subject, goals, wanted, in_time)
    unseen = _unseen(subject, sets, in_time) or ([] if found else _without_place(sets))
    return Flips(_choose_flips(found), in_time(), unseen)


def _only_wraps(flip: Flip) -> bool:
    """True if a flip only adds an envelope, which the rule expects and the event does not have."""
    return all(change.before is ABSENT and isinstance(change.after, dict) for change in flip.changes)


def _choose_flips(found: Iterable[Flip]) -> list[Flip]:
    """The five that a person would name first: fewest changes, then the nearest; some of each target."""
    unique: dict[str, Flip] = {}
    for flip in found:
        key = repr((flip.target, [(change.pointer, _kind_of(change.after)) for change in flip.changes]))
        if key not in unique or flip.cost < unique[key].cost:
            unique[key] = flip
    ranked = sorted(unique.values(), key=_rank)
    events = [flip for flip in ranked if flip.target == "event"]
    triggers = [flip for flip in ranked if flip.target == "trigger"]
    from_triggers = max(2, MAX_FLIPS - len(events))
    kept = [*events[: MAX_FLIPS - min(len(triggers), from_triggers)], *triggers[:from_triggers]]
    return sorted(kept, key=_rank)


def _kind_of(value: Any) -> Any:
    """The same for all numbers: of several numbers for one place, the nearest is enough."""
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _rank(flip: Flip) -> tuple[int, bool, float]:
    return len(flip.changes), flip.target == "trigger" and not flip.is_renaming, flip.cost


def _unseen(subject: Subject, sets: list[GoalSet], in_time: Callable[[], bool]) -> list[Unseen]:
    """The clauses of these goals for which no value of the event can be computed."""
    found: dict[str, Unseen] = {}
    for goals in sets:
        for goal in goals:
            if not in_time():
                return [*found.values()]
            if goal.clause.pointer not in found and not own_options(subject, goal):
                message = (
                    f"No value of the event can be computed for {name_clause(goal.clause)}: {_reason(goal.clause)}."
                )
                found[goal.clause.pointer] = Unseen(goal.clause.pointer, message)
    return [*found.values()]


def _without_place(sets: list[GoalSet]) -> list[Unseen]:
    """The clauses of the smallest set, of which no change turns the answer."""
    message = "No change of the event or the trigger was found that turns {}."
    clauses = {goal.clause.pointer: goal.clause for goals in sets[:1] for goal in goals}
    return [Unseen(pointer, message.format(name_clause(clause))) for pointer, clause in clauses.items()]


def _reason(clause: Clause) -> str:
    if clause.error is not None:
        return "its evaluation was stopped"
    if clause.truncated:
        return "the rule is too large, and its clauses below this one are left out"
    if any(inner.custom for inner in clause.walk()):
        return "it uses an operator of the deployment"
    for name in ("reduce", "map", "filter", "cat", "min", "max", "merge"):
        if any(inner.op == name for inner in clause.walk()):
            return f"it is computed by {name}"
    if clause.op in ("some", "all", "none") or (clause.op == "in" and clause.args[1:] and clause.args[1].value == []):
        return "its list has no elements"
    paths = {inner.path for inner in clause.walk() if inner.op == "var"}
    if len(paths) > 1:
        return "it is computed from several values"
    computed = next((arg.op for arg in clause.args if not arg.literal and arg.op != "var"), clause.op)
    return f"it is computed by {computed}"

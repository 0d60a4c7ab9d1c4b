"""Changes of an event that turn a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from app.errors import InvalidRule, RuleFailed
from app.logic.clauses import Clause
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.jsonlogic import compile_rule
from app.logic.rule import Rule
from app.logic.similar_paths import paths_of, similar_path
from app.logic.tracing import trace
from app.logic.variables import follow_path
from app.why.flips.changes import ABSENT, Flip, describe_event_changes, value_at, with_value
from app.why.flips.goals import Goal, GoalSet, goal_sets
from app.why.flips.options import Option, Path, constants_of, options_of

#: Values that are tried for one set of goals, and flips that are kept of it.
_TRIED = 200
_KEPT = 3
#: The costs of a value that is there under another path, of a list with a new element, and of what other clauses name.
_MISPLACED, _GROWN, _FOREIGN = 0.1, 0.6, 2.0
_EVENT = "$event"


class Subject:
    """A rule and an event to change."""

    def __init__(self, rule: Any, payload: Any, extra: Mapping[str, Any], tree: Clause, *, grown: bool = False) -> None:
        self.rule = rule
        #: True if the event has a list with an element that was added to try it.
        self.grown = grown
        self.payload = payload
        self.extra = extra
        self.tree = tree
        self.compiled = compile_rule(rule)
        self._parts: dict[int, Rule | None] = {}
        self._meant: dict[Path | None, Path | None] = {}

    @cached_property
    def document(self) -> Any:
        """The event, with its metadata as the key ``$event`` unless it has one of its own."""
        if isinstance(self.payload, dict) and _EVENT not in self.payload and _EVENT in self.extra:
            return {**self.payload, _EVENT: self.extra[_EVENT]}
        return self.payload

    def split(self, document: Any) -> tuple[Any, Mapping[str, Any]]:
        """The payload and the ``$`` variables of a changed document."""
        if document is self.payload or self.document is self.payload:
            return document, self.extra
        payload = {key: value for key, value in document.items() if key != _EVENT}
        return payload, {**self.extra, _EVENT: document.get(_EVENT)}

    def holds(self, document: Any) -> bool | None:
        """The answer of the rule on a changed document; None if the evaluation is stopped."""
        payload, extra = self.split(document)
        return evaluate(self.compiled, payload, extra)

    def meets(self, goal: Goal, document: Any) -> bool:
        """True if a clause has the wanted answer on a changed document."""
        payload, extra = self.split(document)
        base = goal.clause.base
        if goal.path is not None:
            value = follow_path(document, goal.path, Evaluation())
            return (value is not UNDEFINED and value is not None and value != "") is goal.wanted
        data = goal.clause.data if base is None else follow_path(payload, base, Evaluation())
        compiled = self._compile(goal.clause)
        return compiled is not None and evaluate(compiled, data, extra) is goal.wanted

    def _compile(self, clause: Clause) -> Rule | None:
        key = id(clause)
        if key not in self._parts:
            try:
                self._parts[key] = compile_rule(clause.source)
            except InvalidRule:
                self._parts[key] = None
        return self._parts[key]

    @cached_property
    def known(self) -> set[Path]:
        """The paths of the event."""
        return paths_of(self.document)

    def meant(self, path: Path | None) -> Path | None:
        """The path of the event that a path which is not there probably means."""
        if path not in self._meant:
            self._meant[path] = None if path is None else similar_path(path, self.known)
        return self._meant[path]

    @cached_property
    def comparisons(self) -> list[Clause]:
        """The clauses of the rule that compare something, in which further values for a path are found."""
        return [clause for clause in self.tree.walk() if len(clause.args) > 1][:200]


def evaluate(rule: Rule, data: Any, extra: Mapping[str, Any]) -> bool | None:
    """True if a rule holds; None if its evaluation is stopped."""
    try:
        return rule.holds(data, extra=extra)
    except RuleFailed:
        return None


def event_flips(subject: Subject, goals: GoalSet, wanted: bool, in_time: Callable[[], bool]) -> Iterator[Flip]:
    """The changes of the event that meet a set of goals and turn the rule, cheapest first; at most three."""
    found = []
    for values, cost in islice(_assignments(subject, goals, {}, 0.0, in_time), _TRIED):
        document = _changed(subject, values)
        if document is not None and subject.holds(document) is wanted:
            changes = describe_event_changes(subject.document, values)
            found.append(Flip("event", tuple(changes), cost))
            if len(found) >= _KEPT * 2:
                break
    yield from sorted(found, key=lambda flip: (len(flip.changes), flip.cost))[:_KEPT]


def _assignments(
    subject: Subject, goals: GoalSet, values: dict[Path, Any], cost: float, in_time: Callable[[], bool]
) -> Iterator[tuple[dict[Path, Any], float]]:
    """Values of paths that meet all goals; a goal that is met by those chosen before needs none of its own."""
    if not in_time():
        return
    if not goals:
        if values:
            yield values, cost
        return
    goal, rest = goals[0], goals[1:]
    if values:
        document = _changed(subject, values)
        if document is None:
            return
        if subject.meets(goal, document):
            yield from _assignments(subject, rest, values, cost, in_time)
            return
    for option in every_option(subject, goal):
        if option.path in values or (option.value is ABSENT and value_at(subject.document, option.path) is ABSENT):
            continue
        chosen = {**values, option.path: option.value}
        document = _changed(subject, chosen)
        if document is not None and subject.meets(goal, document):
            yield from _assignments(subject, rest, chosen, cost + option.cost, in_time)


def every_option(subject: Subject, goal: Goal) -> list[Option]:
    """The options of a goal, and the values that other clauses name for the same paths, which come last."""
    options = [*_misplaced(subject, goal), *options_of(goal), *_grown(subject, goal)]
    seen = {(option.path, repr(option.value)) for option in options}
    further = []
    for path in dict.fromkeys(option.path for option in options):
        for value in constants_of(subject.comparisons, path):
            if (path, repr(value)) not in seen:
                seen.add((path, repr(value)))
                further.append(Option(path, value, _FOREIGN))
    return [*options, *further]


def _misplaced(subject: Subject, goal: Goal) -> Iterator[Option]:
    """For a path that is not there: the value of the path that was probably meant."""
    paths = {clause.path for clause in goal.clause.walk() if clause.op == "var" and not clause.found and clause.path}
    for path in {goal.path} if goal.path and goal.wanted else paths:
        meant = subject.meant(path)
        if meant is not None and path is not None:
            yield Option(path, value_at(subject.document, meant), _MISPLACED)


def _grown(subject: Subject, goal: Goal) -> Iterator[Option]:
    """For a loop over a list without elements: a list with one that meets the goal."""
    clause = goal.clause
    if subject.grown or clause.op not in ("some", "all", "none") or clause.items or clause.base != ():
        return
    if not clause.args or not clause.args[0].path:
        return
    path = clause.args[0].path
    elements: list[Any] = [{}, None]
    for element in elements:
        document = _changed(subject, {path: [element]})
        if document is None:
            return
        payload, extra = subject.split(document)
        tree = trace(clause.source, payload, extra=extra).root
        inner = Subject(clause.source, payload, extra, tree, grown=True)
        for goals in goal_sets(tree, goal.wanted):
            values, _ = next(_assignments(inner, goals, {}, 0.0, lambda: True), (None, 0.0))
            changed = document if not goals else _changed(inner, values) if values else None
            if changed is not None:
                yield Option(path, value_at(changed, path), _GROWN)
                return


def _changed(subject: Subject, values: Mapping[Path, Any]) -> Any:
    """The document with these values; None if it has no such places."""
    document = subject.document
    try:
        for path, value in values.items():
            document = with_value(document, path, value)
    except LookupError:
        return None
    return document

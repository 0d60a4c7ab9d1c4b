"""Whether a formula can be true, and an event that makes it so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.logic.reasoning.formula import Combination, Comparison, Formula, Opaque, Path, atoms_of
from app.logic.reasoning.values import Kind, Kinds

#: Conditions of a formula that is reasoned about.
MAX_ATOMS = 300
#: Parts of formulas and kinds of values that are visited for one question, and for all questions of one document.
MAX_VISITS = 50_000
MAX_EFFORT = 200_000

_Atom = Comparison | Opaque
_Truth = Mapping[_Atom, bool]


@dataclass(frozen=True)
class Witness:
    """Kinds of values, by path, for which a formula is true."""

    kinds: Mapping[Path, Kind] = field(default_factory=dict)
    #: The answers of the conditions.
    truth: Mapping[_Atom, bool] = field(default_factory=dict)


class TooHard(Exception):
    """A formula with too many possibilities to try."""


class Effort:
    """The work that may still be spent on the questions about one document."""

    def __init__(self, left: int = MAX_EFFORT) -> None:
        self.left = left

    def question(self) -> Effort:
        """The effort for one question; what it spends is spent here too."""
        return _Question(self)

    def spend(self, visits: int) -> None:
        """Account for work. Raises TooHard when none is left."""
        self.left -= visits
        if self.left < 0:
            raise TooHard


class _Question(Effort):
    """The effort for one question."""

    def __init__(self, total: Effort) -> None:
        super().__init__(min(MAX_VISITS, total.left))
        self.total = total

    def spend(self, visits: int) -> None:
        self.total.left -= visits
        super().spend(visits)


@dataclass(frozen=True)
class _Group:
    """Atoms about one path, or one opaque condition, with the truth that they can have together."""

    path: Path | None
    atoms: tuple[_Atom, ...]
    #: For each combination of answers, one kind of value that has it.
    answers: Mapping[tuple[bool, ...], Kind | None]


def find_witness(
    formula: Formula,
    effort: Effort | None = None,
    *,
    accepts: Callable[[Witness], bool] = lambda witness: True,
    fixed: Callable[[Path, Kind], bool] = lambda path, kind: True,
) -> Witness | None:
    """
    Kinds of values for which a formula is true; None if there are none, so that it is never true.

    ``accepts`` refuses witnesses, so that others are looked for; ``fixed`` refuses kinds of values of a path.
    Raises TooHard.
    """
    question = (effort or Effort()).question()
    groups = _groups(formula, fixed, question)
    search = _Search(formula, sum(1 for _ in atoms_of(formula)), question)
    return next((each for each in search.witnesses(groups, {}, {}) if accepts(each)), None)


def can_hold(formula: Formula, effort: Effort | None = None) -> bool:
    """False if no event at all makes a formula true; True if some may."""
    try:
        return find_witness(formula, effort) is not None
    except TooHard:
        return True


@dataclass(frozen=True)
class _Search:
    """The search for the witnesses of one formula."""

    formula: Formula
    size: int
    effort: Effort

    def witnesses(self, groups: list[_Group], truth: _Truth, kinds: dict[Path, Kind]) -> Iterator[Witness]:
        """The witnesses with these answers to the atoms of the groups before."""
        self.effort.spend(1 + self.size)
        value = truth_of(self.formula, truth)
        if value is False:
            return
        if not groups:
            if value is True:
                yield Witness(dict(kinds), dict(truth))
            return
        group, rest = groups[0], groups[1:]
        for answers, kind in group.answers.items():
            chosen = {**truth, **dict(zip(group.atoms, answers, strict=True))}
            known = kinds if group.path is None or kind is None else {**kinds, group.path: kind}
            yield from self.witnesses(rest, chosen, known)


def _groups(formula: Formula, fixed: Callable[[Path, Kind], bool], effort: Effort) -> list[_Group]:
    """The atoms of a formula by what they are about, in the order of the formula."""
    by_path: dict[Any, dict[_Atom, None]] = {}
    for count, atom in enumerate(atoms_of(formula)):
        if count >= MAX_ATOMS:
            raise TooHard
        key = atom.path if isinstance(atom, Comparison) else atom
        by_path.setdefault(key, {})[atom] = None
    return [_group_atoms(key, tuple(atoms), fixed, effort) for key, atoms in by_path.items()]


def _group_atoms(key: Any, atoms: tuple[_Atom, ...], fixed: Callable[[Path, Kind], bool], effort: Effort) -> _Group:
    if isinstance(key, Opaque):
        return _Group(None, atoms, {(True,): None, (False,): None})
    comparisons = [atom for atom in atoms if isinstance(atom, Comparison)]
    kinds = Kinds(comparisons)
    if not kinds.is_known:
        raise TooHard
    answers: dict[tuple[bool, ...], Kind | None] = {}
    for kind in kinds.all():
        effort.spend(len(comparisons))
        if fixed(key, kind):
            found = tuple(kinds.holds(comparison, kind) for comparison in comparisons)
            known = answers.get(found)
            if found not in answers or (known is not None and known.sample is None and kind.sample is not None):
                answers[found] = kind
    return _Group(key, atoms, answers)


def truth_of(formula: Formula, truth: Mapping[_Atom, bool]) -> bool | None:
    """The truth of a formula with that of some of its atoms; None if it depends on others."""
    if isinstance(formula, bool):
        return formula
    if not isinstance(formula, Combination):
        return truth.get(formula)
    if formula.op == "not":
        inner = truth_of(formula.parts[0], truth)
        return None if inner is None else not inner
    decisive = formula.op == "or"
    is_open = False
    for part in formula.parts:
        value = truth_of(part, truth)
        if value is decisive:
            return decisive
        is_open = is_open or value is None
    return None if is_open else not decisive


def event_of(witness: Witness) -> dict[str, Any] | None:
    """An event with values of these kinds; None if one cannot be made."""
    event: dict[str, Any] = {}
    for path, kind in witness.kinds.items():
        if kind.type == "null":
            continue
        if kind.sample is None or not _put(event, path, kind.sample):
            return None
    return event


def _put(event: dict[str, Any], path: Path, value: Any) -> bool:
    """Set a value at a path; False if another value is in the way."""
    if not path:
        return False
    place = event
    for part in path[:-1]:
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict):
            return False
        place = inner
    if path[-1] in place:
        return False
    place[path[-1]] = value
    return True

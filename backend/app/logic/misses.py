"""How far a rule is from the answer that is wanted of it: the clauses that fail, and the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.errors import RuleFailed
from app.logic.closures import Code
from app.logic.coercion import truthy
from app.logic.evaluation import Evaluation
from app.logic.pointer import child
from app.logic.rule import Rule


class Miss(NamedTuple):
    """
    The clauses that keep a rule from an answer.

    A clause is what ``and``, ``or``, ``if``, ``!`` and ``!!`` combine: a comparison, for example. Of an ``or``, and of
    the values of an ``if``, the alternative counts that lacks least; of several such the one of which most holds, then
    of an ``or`` the one whose first clauses hold, then the first.
    """

    #: Clauses that fail and are the same for all data, so that no event can change them.
    fixed: int
    #: All clauses that fail; 0: the rule has the answer.
    failing: int
    #: Clauses that hold beside them.
    holding: int
    #: The pointer of the first that fails; None if none does.
    first: str | None
    #: True if the answer that is wanted of the first is true, False if it is false.
    wanted: bool = True

    @property
    def is_near(self) -> bool:
        """True if exactly one clause fails, and at least one other holds."""
        return self.failing == 1 and self.holding > 0


#: The place of a clause in its rule: that of the operator around it, and its number among the arguments.
_Place = tuple[Any, int] | None
#: A Miss whose first clause is a place.
_Found = tuple[int, int, int, _Place, bool]

_ROOT: _Place = None
_CONSTANT: _Found = (0, 0, 0, None, True)
_HOLDS: _Found = (0, 0, 1, None, True)


def find_miss(rule: Rule, data: Any, *, extra: Mapping[str, Any] | None = None, wanted: bool = True) -> Miss:
    """
    The clauses that keep a rule from being true, or false if that is ``wanted``, for this data.

    Clauses that the evaluation skips count by what they would be; one that cannot be evaluated fails. Never raises.
    """
    found = _miss(rule.code, _ROOT, wanted, data, Evaluation(extra))
    first = None if found[1] == 0 else _pointer(rule.source, found[3])
    return Miss(*found[:3], first, found[4])


def count_clauses(
    rule: Rule, data: Any, *, extra: Mapping[str, Any] | None = None, wanted: bool = True
) -> tuple[int, int, int]:
    """The counts of ``find_miss`` alone: the clauses that fail and are fixed, that fail, and that hold."""
    return _miss(rule.code, _ROOT, wanted, data, Evaluation(extra))[:3]


def _miss(code: Code, place: _Place, wanted: bool, data: Any, work: Evaluation) -> _Found:
    op, parts = code.op, code.parts
    if not parts:
        return _leaf(code, place, wanted, data, work)
    if op == "if":
        return _miss_if(parts, place, wanted, data, work)
    if op in ("!", "!!"):
        return _miss(parts[0], (place, 0), wanted is (op == "!!"), data, work)
    found = [_miss(part, (place, index), wanted, data, work) for index, part in enumerate(parts)]
    return _sum(found) if wanted is (op == "and") else _choose_nearest(found, place)


def _leaf(code: Code, place: _Place, wanted: bool, data: Any, work: Evaluation) -> _Found:
    try:
        value = code.run(data, work)
    except RuleFailed:
        return (0, 1, 0, place, wanted)
    if (value is True or (value is not False and truthy(value))) is wanted:
        return _CONSTANT if code.constant else _HOLDS
    return (int(code.constant), 1, 0, place, wanted)


def _sum(found: Sequence[_Found]) -> _Found:
    """All of them are needed."""
    fixed = failing = holding = 0
    first = _CONSTANT
    for each in found:
        if each[1]:
            first = first if failing else each
            fixed += each[0]
            failing += each[1]
        holding += each[2]
    return (fixed, failing, holding, first[3], first[4])


def _lack(found: _Found) -> tuple[int, int, int]:
    """Of alternatives, the one that lacks least is enough; of several such, the one of which most holds."""
    return found[0], found[1], -found[2]


def _choose_nearest(found: Sequence[_Found], group: _Place) -> _Found:
    """The alternative that lacks least; of several such, the one whose first clauses hold, then the first."""
    best = min(found, key=_lack)
    alike = [each for each in found if each[:3] == best[:3]]
    return best if len(alike) == 1 else max(alike, key=lambda each: _count_before(each[3], group))


def _count_before(place: _Place, group: _Place) -> int:
    """How many arguments of an alternative of this group are before the one that fails first."""
    inside = 0
    while place is not None and place[0] is not group:
        place, inside = place
    return inside


def _miss_if(parts: Sequence[Code], place: _Place, wanted: bool, data: Any, work: Evaluation) -> _Found:
    """The ways through it: the first condition and its value; not the first, but the second and its value; …"""

    def part(index: int, wanted: bool) -> _Found:
        return _miss(parts[index], (place, index), wanted, data, work)

    ways: list[_Found] = []
    before: list[_Found] = []
    for index in range(0, len(parts) - 1, 2):
        ways.append(_sum([*before, part(index, True), part(index + 1, wanted)]))
        before.append(part(index, False))
    # Without an else, the value is null.
    otherwise = part(len(parts) - 1, wanted) if len(parts) % 2 else (1, 1, 0, place, True) if wanted else _CONSTANT
    ways.append(_sum([*before, otherwise]))
    return min(ways, key=_lack)


def _pointer(source: Any, place: _Place) -> str:
    """The pointer of a place, read along the source of its rule."""
    indices: list[int] = []
    while place is not None:
        place, index = place
        indices.append(index)
    pointer = ""
    for index in reversed(indices):
        ((name, arguments),) = source.items()
        pointer = child(pointer, name)
        source = arguments
        if isinstance(arguments, (list, tuple)):
            pointer, source = f"{pointer}/{index}", arguments[index]
    return pointer

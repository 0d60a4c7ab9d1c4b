"""The operators that evaluate a rule for each element of an array."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.logic.closures import NOTHING, Code, Run, constant
from app.logic.coercion import truthy
from app.logic.evaluation import UNDEFINED, Evaluation


def _elements(array: Run, weight: int) -> Callable[[Any, Evaluation], Sequence[Any] | None]:
    """The elements of an array, after accounting for the work of visiting them; None if it is not an array."""

    def elements(data: Any, work: Evaluation) -> Sequence[Any] | None:
        items = array(data, work)
        if not isinstance(items, (list, tuple)):
            return None
        work.spend(weight * len(items))
        return items

    return elements


def _map(array: Code, body: Code, initial: Code, weight: int) -> Code:
    elements, each = _elements(array.run, weight), body.run

    def run(data: Any, work: Evaluation) -> list[Any]:
        values = [each(item, work) for item in elements(data, work) or ()]
        return [None if value is UNDEFINED else value for value in values]

    return Code(run)


def _filter(array: Code, body: Code, initial: Code, weight: int) -> Code:
    elements, holds = _elements(array.run, weight), body.run

    def run(data: Any, work: Evaluation) -> list[Any]:
        return [item for item in elements(data, work) or () if truthy(holds(item, work))]

    return Code(run)


def _reduce(array: Code, body: Code, initial: Code, weight: int) -> Code:
    elements, fold = _elements(array.run, weight), body.run
    start = (constant(None) if initial is NOTHING else initial).run

    def run(data: Any, work: Evaluation) -> Any:
        items = elements(data, work) or ()
        total = start(data, work)
        for item in items:
            scope = {"current": item, "accumulator": total}
            if total is UNDEFINED:
                del scope["accumulator"]
            total = fold(scope, work)
        return total

    return Code(run)


def _all(array: Code, body: Code, initial: Code, weight: int) -> Code:
    elements, holds = _elements(array.run, weight), body.run

    def run(data: Any, work: Evaluation) -> bool:
        items = elements(data, work)
        return bool(items) and all(truthy(holds(item, work)) for item in items or ())

    return Code(run, boolean=True)


def _some(array: Code, body: Code, initial: Code, weight: int) -> Code:
    elements, holds = _elements(array.run, weight), body.run

    def run(data: Any, work: Evaluation) -> bool:
        return any(truthy(holds(item, work)) for item in elements(data, work) or ())

    return Code(run, boolean=True)


def _none(array: Code, body: Code, initial: Code, weight: int) -> Code:
    some = _some(array, body, initial, weight).run
    return Code(lambda data, work: not some(data, work), boolean=True)


#: Each takes the array, the rule for an element, the start value (``reduce``), and the cost of one element.
LOOPS: Mapping[str, Callable[[Code, Code, Code, int], Code]] = {
    "map": _map,
    "filter": _filter,
    "reduce": _reduce,
    "all": _all,
    "some": _some,
    "none": _none,
}

"""The pieces of a compiled rule: each is a closure over the pieces inside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from app.errors import RuleFailed
from app.logic.coercion import SAFE_INTEGER, double, less_than, loosely_equal, strictly_equal, truthy
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.operators import Operator

Run = Callable[[Any, Evaluation], Any]


class Code(NamedTuple):
    """A piece of a rule, ready to run on data."""

    run: Run
    #: True if the value is always true or false.
    boolean: bool = False
    #: True if the value is the same for all data; ``value`` has it.
    constant: bool = False
    value: Any = None
    #: ``and``, ``or``, ``if``, ``!`` or ``!!`` if the truth follows from that of ``parts``; else empty.
    op: str = ""
    parts: tuple[Code, ...] = ()


NOTHING = Code(lambda data, work: UNDEFINED, constant=True, value=UNDEFINED)


def constant(value: Any) -> Code:
    return Code(lambda data, work: value, isinstance(value, bool), constant=True, value=value)


def undefined_to_null(value: Any) -> Any:
    """JavaScript's undefined becomes null, as in lists and objects."""
    return None if value is UNDEFINED else value


def array(items: Sequence[Code]) -> Code:
    if all(item.constant for item in items):
        return constant([undefined_to_null(item.value) for item in items])
    runs = [item.run for item in items]
    return Code(lambda data, work: [undefined_to_null(run(data, work)) for run in runs])


def build_closure(parts: Mapping[str, Code]) -> Code:
    """An object whose values are evaluated."""
    runs = {key: part.run for key, part in parts.items()}
    return Code(lambda data, work: {key: undefined_to_null(run(data, work)) for key, run in runs.items()})


def call(operator: Operator, arguments: Sequence[Code]) -> Code:
    """An operator, its arguments evaluated first."""
    function = operator.function
    runs = [argument.run for argument in arguments[: operator.arity]]
    if len(runs) == 1:
        (only,) = runs
        return Code(lambda data, work: function(work, only(data, work)), operator.boolean)
    if len(runs) == 2:
        first, second = runs
        return Code(lambda data, work: function(work, first(data, work), second(data, work)), operator.boolean)
    return Code(lambda data, work: function(work, *[run(data, work) for run in runs]), operator.boolean)


def call_custom(name: str, function: Callable[..., Any], arguments: Sequence[Code]) -> Code:
    """An operator that the deployment registered. If it raises, only its rule fails, with RuleFailed."""
    runs = [argument.run for argument in arguments]

    def run(data: Any, work: Evaluation) -> Any:
        values = [undefined_to_null(run(data, work)) for run in runs]
        try:
            return function(*values)
        except Exception as error:
            raise RuleFailed(f"The operator {name!r} raised {type(error).__name__}: {str(error)[:200]}") from error

    return Code(run)


def equal_to(subject: Code, expected: str | int | float) -> Code:
    """``==`` with a constant text or number."""
    run = subject.run

    def equal_text(data: Any, work: Evaluation) -> bool:
        value = run(data, work)
        return value == expected if type(value) is str else loosely_equal(value, expected, work)

    def equal_number(data: Any, work: Evaluation) -> bool:
        value = run(data, work)
        return value == expected if type(value) is int or type(value) is float else loosely_equal(value, expected, work)

    return Code(equal_text if isinstance(expected, str) else equal_number, boolean=True)


def differs_from(subject: Code, expected: str | int | float) -> Code:
    """``!=`` with a constant text or number."""
    equal = equal_to(subject, expected).run
    return Code(lambda data, work: not equal(data, work), boolean=True)


def below(subject: Code, bound: int | float) -> Code:
    """``<`` with a constant number."""
    run = subject.run

    def less(data: Any, work: Evaluation) -> bool:
        value = run(data, work)
        return value < bound if type(value) is int or type(value) is float else less_than(value, bound, work)

    return Code(less, boolean=True)


def above(subject: Code, bound: int | float) -> Code:
    """``>`` with a constant number."""
    run = subject.run

    def greater(data: Any, work: Evaluation) -> bool:
        value = run(data, work)
        return value > bound if type(value) is int or type(value) is float else less_than(bound, value, work)

    return Code(greater, boolean=True)


def plain_number(code: Code) -> bool:
    """True if Python compares this constant with every number as JavaScript does."""
    return code.constant and type(code.value) in (int, float) and abs(code.value) <= SAFE_INTEGER


def one_of(subject: Code, options: Sequence[Any]) -> Code:
    """``in`` with a list of constants."""
    run = subject.run
    texts = frozenset(option for option in options if isinstance(option, str))
    numbers = frozenset(double(o) for o in options if isinstance(o, (int, float)) and not isinstance(o, bool))
    others = [option for option in options if option is None or option is True or option is False]

    def among(data: Any, work: Evaluation) -> bool:
        value = run(data, work)
        if isinstance(value, str):
            return value in texts
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return double(value) in numbers
        return any(strictly_equal(value, other) for other in others)

    return Code(among, boolean=True)


def every(parts: Sequence[Code]) -> Code:
    """``and``: the first part that is not true, or the last."""
    runs = [part.run for part in parts]
    if len(runs) == 2 and parts[0].boolean:
        first, second = runs
        return Code(lambda data, work: first(data, work) and second(data, work), parts[1].boolean)

    def run(data: Any, work: Evaluation) -> Any:
        value = UNDEFINED
        for part in runs:
            value = part(data, work)
            if value is not True and not truthy(value):
                break
        return value

    return Code(run, bool(parts) and all(part.boolean for part in parts))


def either(parts: Sequence[Code]) -> Code:
    """``or``: the first part that is true, or the last."""
    runs = [part.run for part in parts]

    def run(data: Any, work: Evaluation) -> Any:
        value = UNDEFINED
        for part in runs:
            value = part(data, work)
            if value is True or truthy(value):
                break
        return value

    return Code(run, bool(parts) and all(part.boolean for part in parts))


def choose_closure(parts: Sequence[Code]) -> Code:
    """``if``: condition, value, condition, value, …, and the value if no condition is true."""
    pairs = [(parts[i].run, parts[i + 1].run) for i in range(0, len(parts) - 1, 2)]
    otherwise = parts[-1].run if len(parts) % 2 else constant(None).run

    def run(data: Any, work: Evaluation) -> Any:
        for condition, value in pairs:
            if truthy(condition(data, work)):
                return value(data, work)
        return otherwise(data, work)

    return Code(run)

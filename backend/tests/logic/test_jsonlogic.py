"""Rules answer what json-logic-js answers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import json_logic
import pytest

from app.errors import InvalidRule, RuleFailed
from app.logic.jsonlogic import compile_rule, compile_value
from tests.public_data import PUBLIC_DATA

SUITES = PUBLIC_DATA / "jsonlogic"

needs_suites = pytest.mark.skipif(not SUITES.is_dir(), reason=f"the JSONLogic suites are not at {SUITES}")

#: What json-logic-js finds on JavaScript's prototypes, which is not data, and what it only refuses when it gets there.
ON_PROTOTYPES = [{"var": "toString"}, {"var": "__proto__"}, {"var": "constructor"}]
REFUSED = ("unknown_op", "method")


def suite(name: str) -> list[Any]:
    path = SUITES / name
    return [case for case in json.loads(path.read_text()) if not isinstance(case, str)] if path.is_file() else []


def answer(rule: Any, data: Any = None) -> Any:
    return compile_value(rule).evaluate(data)


def as_javascript_writes(value: Any) -> str:
    """The notation of the probes, which can say NaN."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@pytest.fixture
def operator() -> Iterator[Any]:
    """Registers operators as a deployment does, and takes them back."""
    names: list[str] = []

    def register(name: str, function: Any) -> None:
        json_logic.add_operation(name, function)
        names.append(name)

    yield register
    for name in names:
        json_logic.rm_operation(name)


@needs_suites
def test_official_suite_passes() -> None:
    cases = suite("official.json")

    failures = [case for case in cases if json.dumps(compile_rule(case[0]).evaluate(case[1])) != json.dumps(case[2])]

    assert len(cases) == 275
    assert failures == []


@needs_suites
def test_compatible_suite_passes() -> None:
    cases = suite("compat/compatible.json")

    failures = [
        case
        for case in cases
        if json.dumps(compile_rule(case["rule"]).evaluate(case.get("data"))) != json.dumps(case["result"])
    ]

    assert len(cases) == 278
    assert failures == []


@needs_suites
def test_every_probe_answers_what_json_logic_js_answers() -> None:
    probes = [probe for probe in suite("js-parity.json") if probe["rule"] not in ON_PROTOTYPES]
    failures = []

    for probe in probes:
        expected = {"undefined": "null"}.get(probe["js"], probe["js"])
        try:
            given = as_javascript_writes(answer(probe["rule"], probe["data"]))
        except InvalidRule:
            given = expected if any(name in json.dumps(probe["rule"]) for name in REFUSED) else "refused"
        except RuleFailed:
            given = expected if expected.startswith("THROW") else "failed"
        if given != expected:
            failures.append((probe, given))

    assert len(probes) == 136 - len(ON_PROTOTYPES)
    assert failures == []


@pytest.mark.parametrize("rule", ON_PROTOTYPES)
def test_prototype_members_are_not_data(rule: Any) -> None:
    assert answer(rule, {}) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-7"),
        (0.000001, "0.000001"),
        (1.2345678901234568e20, "123456789012345680000"),
        (2**53 + 1, "9007199254740992"),
        (10**400, "Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_as_javascript_writes_them(number: Any, text: str) -> None:
    assert answer({"cat": [{"var": "n"}]}, {"n": number}) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("0x1f", 31), ("0b11", 3), ("0o17", 15), ("\u00a0 7\n", 7), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("", 0)],
)
def test_texts_are_read_as_javascript_reads_them(text: str, number: float) -> None:
    assert answer({"-": [{"var": "t"}, 0]}, {"t": text}) == number


@pytest.mark.parametrize("text", ["1_000", "inf", "nan", "0x", "1 2", "+0x1", "--1"])
def test_texts_that_only_python_reads_are_not_numbers(text: str) -> None:
    assert math.isnan(answer({"-": [{"var": "t"}, 0]}, {"t": text}))


def test_texts_are_counted_cut_and_ordered_in_utf_16() -> None:
    assert answer({"var": "t.length"}, {"t": "a😀"}) == 3
    assert answer({"substr": [{"var": "t"}, 1, 2]}, {"t": "a😀b"}) == "😀"
    assert answer({"<": ["😀", "\uffff"]}) is True


def test_path_reads_objects_and_arrays_not_attributes() -> None:
    data = {"a": [{"b": 1}], "0": "zero", "d": {"x.y": 1}}

    assert answer({"var": "a.0.b"}, data) == 1
    assert answer({"var": 0}, data) == "zero"
    assert answer({"var": "a.-1"}, data) is None
    assert answer({"var": "a.00"}, data) is None
    assert answer({"var": "d.x.y"}, data) is None
    assert answer({"var": "a.__class__"}, data) is None
    assert answer({"var": "a.append"}, data) is None


def test_extra_variables_never_shadow_data() -> None:
    rule = compile_rule({"var": ["$event.type", "none"]})
    extra = {"$event": {"type": "ours"}}

    assert rule.evaluate({}, extra=extra) == "ours"
    assert rule.evaluate({"$event": {"type": "theirs"}}, extra=extra) == "theirs"
    assert rule.evaluate({"$event": {}}, extra=extra) == "none"
    assert rule.evaluate({}) == "none"


def test_loop_elements_see_extra_variables() -> None:
    rule = compile_rule({"some": [{"var": "types"}, {"==": [{"var": ""}, {"var": "$event.type"}]}]})

    assert rule.holds({"types": ["a", "b"]}, extra={"$event": {"type": "b"}})


def test_ids_of_steps_may_hold_dots_and_the_longest_wins() -> None:
    extra = {"$steps": {"Scalar": {"1": "short"}, "Scalar.1": {"x": 5, "output": "own"}}}

    assert compile_rule({"var": "$steps.Scalar.1.x"}).evaluate({}, extra=extra) == 5
    assert compile_rule({"var": "$steps.Scalar.1.output.x"}).evaluate({}, extra=extra) == 5
    assert compile_rule({"var": "$steps.Scalar.1.output.y"}).evaluate({}, extra=extra) is None
    assert compile_rule({"missing": ["$steps.Scalar.1.x", "$steps.gone.x"]}).evaluate({}, extra=extra) == [
        "$steps.gone.x"
    ]


def test_rule_knows_which_steps_it_reads() -> None:
    nodes = {"a", "a.b", "c"}

    assert compile_rule({"==": [{"var": "$steps.a.b.output.x"}, 1]}).steps(nodes) == {"a.b"}
    assert compile_rule({"map": [{"var": "l"}, {"var": "$steps.c.x"}]}).steps(nodes) == {"c"}
    assert compile_rule({"missing": ["$steps.a.x", "y"]}).steps(nodes) == {"a"}
    assert compile_rule({"==": [{"var": "x"}, 1]}).steps(nodes) == frozenset()
    assert compile_rule({"var": {"var": "name"}}).steps(nodes) is None
    assert compile_rule({"var": "$steps"}).steps(nodes) is None


def test_rule_knows_whether_it_computes_the_names_of_variables() -> None:
    rule = compile_rule({"and": [{"var": "a.b"}, {"missing": ["c"]}, {"some": [{"var": "d"}, {"var": "inner"}]}]})

    assert not rule.dynamic
    assert compile_rule({"var": [{"var": "k"}, 1]}).dynamic


def test_operator_of_the_deployment_works(operator: Any) -> None:
    operator("double", lambda value: value * 2)
    operator("geo", {"near": lambda a, b: abs(a - b) < 5})

    assert answer({"+": [{"double": {"var": "n"}}, 1]}, {"n": 4}) == 9
    assert answer({"geo.near": [1, 3]}) is True


def test_operator_of_the_deployment_replaces_a_common_one(operator: Any) -> None:
    operator("==", lambda a, b: "mine")

    assert answer({"==": [1, 2]}) == "mine"


def test_dotted_operator_reads_mappings_not_attributes(operator: Any) -> None:
    operator("text", str)

    with pytest.raises(InvalidRule, match=r"'text\.upper' is not known"):
        compile_rule({"text.upper": ["a"]})


def test_operator_that_raises_fails_its_rule_by_name(operator: Any) -> None:
    operator("boom", lambda: 1 / 0)

    with pytest.raises(RuleFailed, match="operator 'boom' raised ZeroDivisionError"):
        answer({"boom": []})


def test_log_answers_its_argument_and_logs_nothing(capfd: Any, caplog: Any) -> None:
    assert answer({"log": [{"var": "a"}]}, {"a": 5}) == 5
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_transform_builds_objects_of_several_keys() -> None:
    rule = {"sum": {"+": [{"var": "a"}, 1]}, "rest": {"x": [{"var": "a"}], "y": {}}}

    assert answer(rule, {"a": 2}) == {"sum": 3, "rest": {"x": [2], "y": {}}}


def test_integral_results_are_integers() -> None:
    assert [type(answer({"+": [1.5, 1.5]})), type(answer({"/": [7, 2]}))] == [int, float]

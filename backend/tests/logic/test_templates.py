"""What ``{{ … }}`` means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.errors import InvalidTemplate, RuleFailed, StepFailed, TooLarge
from app.logic.references import Reference, Source
from app.logic.templates import MAX_DEPTH, Scope, compile_template

NODES = {"fetch", "Scalar.1", "my node"}
SCOPE = Scope(
    payload={"name": "Ada", "lead": {"score": 75, "vip": True}, "items": [{"sku": "é"}], "fetch": "shadowed"},
    input={"x": 1},
    outputs={
        "fetch": {"a": [{"b": 1.5}], "output": {"own": 1}, "none": None},
        "Scalar.1": {"x": "dotted"},
        "my node": "text",
    },
    secret={"KEY": "s3cret"}.get,
)


def render(data: Any, scope: Scope = SCOPE) -> Any:
    return compile_template(data, NODES).render(scope)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ payload.lead.score }}", 75),
        ("{{payload.lead.vip}}", True),
        ("{{ payload }}", SCOPE.payload),
        ("{{ payload.items[0].sku }}", "é"),
        ("{{ payload.items.0.sku }}", "é"),
        ("{{ payload['lead'][\"score\"] }}", 75),
        ("{{ input.x }}", 1),
        ("{{ input }}", {"x": 1}),
        ("{{ fetch.output.a[0].b }}", 1.5),
        ("{{ fetch.a[0].b }}", 1.5),
        ("{{ fetch.output.own }}", 1),
        ("{{ fetch.output }}", SCOPE.outputs["fetch"]),
        ("{{ fetch.none }}", None),
        ("{{ Scalar.1.output.x }}", "dotted"),
        ('{{ steps["Scalar.1"].output.x }}', "dotted"),
        ("{{ steps['my node'].output }}", "text"),
        ("{{ steps.fetch.output.a[0].b }}", 1.5),
        ("{{ name }}", "Ada"),
        ("{{ lead.score }}", 75),
        ("{{ secret.KEY }}", "s3cret"),
        ("{{ nothing.at.all }}", None),
        ("{{ payload.items[7].sku }}", None),
        ("{{ payload.__class__ }}", None),
        ("{{ secret.NONE }}", None),
    ],
)
def test_single_placeholder_keeps_the_type(text: str, value: Any) -> None:
    assert render(text) == value
    assert type(render(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {{ name }}!", "Hi Ada!"),
        ("{{ lead.score }}/{{ lead.vip }}", "75/true"),
        ("<{{ nothing }}>", "<>"),
        ("{{ payload.items }} ", '[{"sku": "é"}] '),
        ("Bearer {{ secret.KEY }}", "Bearer s3cret"),
        ("{{ name }}{{ name }}", "AdaAda"),
        ('{"a": {"b": {{ lead.score }}}}', '{"a": {"b": 75}}'),
    ],
)
def test_inside_text_values_become_text(text: str, filled: str) -> None:
    assert render(text) == filled


def test_templates_are_filled_at_any_depth_but_not_in_keys() -> None:
    data = {"{{ name }}": [1, {"to": ["{{ name }}"]}], "n": None}

    assert render(data) == {"{{ name }}": [1, {"to": ["Ada"]}], "n": None}


def test_inserted_values_are_not_templates() -> None:
    scope = Scope(payload={"evil": "{{ secret.KEY }}"}, secret={"KEY": "s3cret"}.get)

    assert render(["{{ evil }}", "x {{ evil }}"], scope) == ["{{ secret.KEY }}", "x {{ secret.KEY }}"]


@pytest.mark.parametrize("data", ["text", {"a": ["}} {{"]}, [], 5, None, {"open": "{{ name"}])
def test_data_without_placeholders_is_itself(data: Any) -> None:
    assert render(data) is data


def test_rendering_changes_nothing_of_the_data() -> None:
    data = {"a": ["{{ name }}", {"b": 1}]}

    rendered = render(data)

    assert data == {"a": ["{{ name }}", {"b": 1}]}
    assert rendered["a"][1] is data["a"][1]


def test_references_are_known_before_anything_runs() -> None:
    template = compile_template({"a": "{{ fetch.x }} {{ secret.KEY }}", "b": ["{{ input }}", "{{ who }}"]}, NODES)

    assert template.nodes == {"fetch"}
    assert Reference(Source.SECRET, "KEY") in template.references
    assert template.uses_input
    assert Reference(Source.PARAMETER, "who") in template.references
    assert not compile_template("{{ payload.x }}").uses_input


def test_quoted_unknown_step_is_a_node_reference() -> None:
    assert compile_template('{{ steps["gone"].output }}', NODES).nodes == {"gone"}


@pytest.mark.parametrize(
    "text", ["{{ }}", "{{ a b }}", "{{ a+b }}", "{{#if x}}", "{{ a. }}", "{{ a[ }}", "{{ f(x) }}", "{{ a | b.c }}"]
)
def test_invalid_path_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(InvalidTemplate, match="is not a path") as caught:
        compile_template({"k/1": [text]})

    assert caught.value.pointer == "/k~11/0"


@pytest.mark.parametrize("text", ["{{ secret }}", "{{ secret.A.b }}"])
def test_secret_is_named_exactly(text: str) -> None:
    with pytest.raises(InvalidTemplate, match="does not name a secret"):
        compile_template(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ input.user }}", 7),
        ("{{ input }}", {"user": 7, "output": "mine"}),
        ("{{ input.output }}", {"user": 7}),
        ("{{ input.output.user }}", 7),
        ("{{ other.output }}", "an output"),
        ("{{ user }}", 7),
    ],
)
def test_input_is_the_payload_beside_a_node_named_input(text: str, value: Any) -> None:
    scope = Scope(
        payload={"user": 7, "output": "mine"}, input="the edges'", outputs={"input": {"user": 7}, "other": "an output"}
    )

    template = compile_template(text, {"input", "other"}, input_is=Source.PAYLOAD)

    assert template.render(scope) == value
    assert not template.uses_input


def test_without_a_node_of_that_name_input_output_is_a_parameter() -> None:
    template = compile_template("{{ input.output }}", {"other"}, input_is=Source.PAYLOAD)

    assert template.render(Scope(payload={"output": "mine"}, input="the edges'")) == "mine"


def test_data_too_deep_is_refused() -> None:
    data: Any = "{{ name }}"
    for _ in range(MAX_DEPTH + 1):
        data = [data]

    with pytest.raises(InvalidTemplate, match="deeper"):
        compile_template(data)


def test_output_of_a_template_is_bounded() -> None:
    with pytest.raises(TooLarge):
        compile_template("{{ payload }} " * 20_000).render(Scope(payload=["x" * 1000] * 1000))
    with pytest.raises(RuleFailed):
        compile_template(["{{ payload }}"] * 1_000).render(Scope(payload=["x"] * 10_000))


def test_text_of_many_braces_is_read_in_linear_time() -> None:
    assert render("{{" * 500_000) == "{{" * 500_000


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("müller & söhne", "m%C3%BCller%20%26%20s%C3%B6hne"),
        ("../admin?a=b#c", "..%2Fadmin%3Fa%3Db%23c"),
        ("100%", "100%25"),
        ("..", ".."),
        (True, "true"),
        (None, ""),
        ({"a": [1]}, "%7B%22a%22%3A%20%5B1%5D%7D"),
    ],
)
def test_urlencode_keeps_a_value_in_its_place(value: Any, encoded: str) -> None:
    assert render("?q={{ payload.v | urlencode }}&x", Scope(payload={"v": value})) == f"?q={encoded}&x"
    assert render("{{payload.v|urlencode}}", Scope(payload={"v": value})) == encoded


def test_json_filter_makes_text_a_part_of_json() -> None:
    scope = Scope(payload={"v": 'x", "admin": "true', "n": float("inf"), "none": None})

    text = render(
        '{"name": {{ payload.v | json }}, "n": {{ payload.n | json }}, "o": {{ payload.none | json }}}', scope
    )

    assert json.loads(text) == {"name": 'x", "admin": "true', "n": None, "o": None}


@pytest.mark.parametrize("value", [".", ".."])
def test_dots_cannot_be_a_segment_of_a_path(value: str) -> None:
    with pytest.raises(StepFailed, match="which cannot be a segment of the path of a URL") as failed:
        render("http://x/a/{{ payload.v | urlencode }}/end", Scope(payload={"v": value}))

    assert failed.value.retry is False


def test_unknown_filter_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidTemplate) as caught:
        compile_template({"k": "{{ a | upper }}"})

    assert str(caught.value) == "{{ a | upper }} has the filter upper; the filters are json, urlencode."
    assert caught.value.pointer == "/k"


def test_bar_in_a_quoted_key_is_not_a_filter() -> None:
    assert render('{{ payload["a | json"] }}', Scope(payload={"a | json": 1})) == 1


def test_infinity_in_text_is_null() -> None:
    assert render("<{{ payload.n }}>", Scope(payload={"n": float("inf")})) == "<null>"

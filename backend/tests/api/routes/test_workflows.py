"""``/workflows``: saved, versioned, and returned as they were sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import json_logic
import pytest

from tests.api.client import NOTE, Api
from tests.public_data import PUBLIC_DATA

REACTFLOW = PUBLIC_DATA / "reactflow"
UNKNOWN = "00000000-0000-7000-8000-000000000000"


def test_saved_workflow_is_shown_whole(api: Api) -> None:
    response = api.post(
        "/workflows", json={"name": "Leads", "description": "d", "trigger": {"var": "a"}, "graph": NOTE}
    )

    saved = response.json()
    assert response.status_code == 201
    assert saved["name"] == "Leads"
    assert saved["description"] == "d"
    assert saved["trigger"] == {"var": "a"}
    assert saved["is_active"] is True
    assert saved["kind"] == "graph"
    assert saved["version"] == 1
    assert saved["warnings"] == []
    assert saved["created_at"].endswith("+00:00")
    assert api.get(f"/workflows/{saved['id']}").json() == saved


ODD_GRAPH = """{"zeta": 1, "nodes": [{"id": 1, "type": "start", "position": {"x": 1.0, "y": -0.5e-7}, "data":
  {"label": 7, "n": 123456789012345678901234567890, "\\ud800": "\\u0000", "null": null}},
  {"id": "b.c d\\u00e9", "type": "end"}],
  "edges": [{"source": 1, "target": "b.c d\\u00e9", "sourceHandle": null}], "alpha": {"k": [1.50, 1e2, true]}}"""


def test_graph_is_returned_unchanged(api: Api) -> None:
    saved = api.post("/workflows", data=f'{{"name": "w", "graph": {ODD_GRAPH}}}')

    for text in (saved.text, api.get(f"/workflows/{saved.json()['id']}").text, api.get("/workflows").text):
        assert "".join(ODD_GRAPH.split()) in text.replace(" ", "")


@pytest.mark.parametrize(("before", "after"), [("1", "true"), ("1", "1.0"), ("1.1", "1.10"), ("true", "1")])
def test_equal_number_of_another_spelling_is_a_new_version(api: Api, before: str, after: str) -> None:
    def body(value: str) -> str:
        return f'{{"name": "w", "trigger": {{"==": [{{"var": "a"}}, {value}]}}, "graph": {graph(value)}}}'

    def graph(value: str) -> str:
        return f'{{"nodes":[{{"id":"t","type":"transform","data":{{"value":{value}}}}}],"edges":[]}}'

    path = f"/workflows/{api.post('/workflows', data=body(before)).json()['id']}"

    saved = api.put(path, data=body(after))

    assert saved.json()["version"] == 2
    for text in (saved.text, api.get(path).text):
        assert f'"graph":{graph(after)}' in text
        assert f'"trigger":{{"==":[{{"var":"a"}},{after}]}}' in text


@pytest.mark.skipif(not REACTFLOW.exists(), reason="the public React Flow documents are not here")
def test_documents_of_real_editors_come_back_exactly(api: Api) -> None:
    for path in sorted(REACTFLOW.glob("*.json")):
        document = json.loads(path.read_text())

        saved = api.save(graph=document)

        assert json.dumps(api.get(f"/workflows/{saved['id']}").json()["graph"]) == json.dumps(document), path.name


@pytest.mark.parametrize("body", [{"graph": NOTE}, {"definition": NOTE}, NOTE, {**NOTE, "viewport": {"zoom": 1.0}}])
def test_graph_is_read_at_three_places(api: Api, body: dict[str, Any]) -> None:
    saved = api.post("/workflows", json={"name": "w", **body}).json()

    assert saved["graph"]["nodes"] == NOTE["nodes"]
    assert saved["graph"].get("viewport") == body.get("viewport")
    assert "name" not in saved["graph"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"graph": {"nodes": [{"type": "end"}]}}, "/graph/nodes/0/id"),
        ({"definition": {"nodes": [{"type": "end"}]}}, "/definition/nodes/0/id"),
        ({"nodes": [{"type": "end"}]}, "/nodes/0/id"),
        ({"nodes": [{"id": "a"}], "edges": [{"source": "a", "target": "b"}]}, "/edges/0/target"),
        ({"nodes": "x"}, "/nodes"),
        ({"graph": 7}, "/graph"),
        ({"graph": NOTE, "trigger": {"and": [True, {"method": [1, "x"]}]}}, "/trigger/and/1"),
        ({"graph": NOTE, "trigger": {"==": [1, 1], ">": [1, 0]}}, "/trigger"),
        (
            {"nodes": [{"id": "b", "type": "branch", "data": {"cases": [{"condition": {"nope": 1}, "next": "c"}]}}]},
            "/nodes/0/data/cases/0/condition",
        ),
    ],
)
def test_bad_definition_is_refused_at_its_place(api: Api, body: dict[str, Any], pointer: str) -> None:
    response = api.post("/workflows", json={"name": "w", **body})

    assert response.status_code == 422
    assert pointer in [problem["pointer"] for problem in response.json()["detail"]]
    assert api.post("/workflows/validate", json={"name": "w", **body}).json() == {
        "valid": False,
        "errors": response.json()["detail"],
        "warnings": [],
    }
    assert api.get("/workflows").json() == []


def test_validate_returns_warnings_and_saves_nothing(api: Api) -> None:
    answer = api.post("/workflows/validate", json={"name": "w", "nodes": [{"id": "a", "type": "what"}]}).json()

    assert answer["valid"] is True
    assert [warning["code"] for warning in answer["warnings"]] == ["UNKNOWN_NODE_TYPE"]
    assert api.get("/workflows").json() == []


def test_moving_a_box_is_a_save_but_no_new_version(api: Api) -> None:
    saved = api.save()
    moved = json.loads(json.dumps(NOTE))
    moved["nodes"][0]["position"] = {"x": 5, "y": 5}

    first = api.put(f"/workflows/{saved['id']}", json={"name": "w", "graph": moved})
    moved["nodes"][1]["data"]["message"] = "Bye"
    second = api.put(f"/workflows/{saved['id']}", json={"name": "w", "graph": moved})

    assert (first.status_code, first.json()["version"], first.json()["graph"]["nodes"][0]["position"]["x"]) == (
        200,
        1,
        5,
    )
    assert second.json()["version"] == 2
    assert second.json()["updated_at"] > saved["updated_at"]


def test_put_replaces_all_but_an_absent_graph(api: Api) -> None:
    saved = api.save(description="d", is_active=False)

    replaced = api.put(f"/workflows/{saved['id']}", json={"name": "n"}).json()

    assert (replaced["name"], replaced["graph"], replaced["version"]) == ("n", NOTE, 1)
    assert (replaced["description"], replaced["trigger"], replaced["is_active"]) == (None, None, True)


def test_stale_save_is_refused(api: Api) -> None:
    saved = api.save()
    url = f"/workflows/{saved['id']}"
    tag = api.get(url).headers["ETag"]

    first = api.put(url, json={"name": "mine"}, headers={"If-Match": tag})
    second = api.put(url, json={"name": "theirs"}, headers={"If-Match": tag})
    deletion = api.delete(url, headers={"If-Match": tag})
    third = api.put(url, json={"name": "any"}, headers={"If-Match": "*"})
    fourth = api.put(url, json={"name": "weak"}, headers={"If-Match": f'"other", W/{third.headers["ETag"]}'})

    assert [r.status_code for r in (first, second, deletion, third, fourth)] == [200, 412, 412, 200, 200]
    assert first.headers["ETag"] != tag


def test_deleted_workflow_keeps_its_executions(api: Api) -> None:
    saved = api.save(name="Leads")
    execution = api.fire()["executions"][0]["id"]

    deleted = api.delete(f"/workflows/{saved['id']}")

    assert (deleted.status_code, deleted.json()) == (200, {"status": "deleted"})
    for response in (
        api.get(f"/workflows/{saved['id']}"),
        api.put(f"/workflows/{saved['id']}", json={"name": "w"}),
        api.delete(f"/workflows/{saved['id']}"),
        api.post("/executions", json={"workflow_id": saved["id"]}),
    ):
        assert response.status_code == 404
    assert api.get("/workflows").json() == []
    assert api.get(f"/executions/{execution}").json()["workflow_name"] == "Leads"
    assert api.fire()["matched"] == 0


@pytest.mark.parametrize("id", ["nonsense", UNKNOWN, "%00", "1", "a" * 3000])
def test_unknown_id_is_not_found(api: Api, id: str) -> None:
    for response in (
        api.get(f"/workflows/{id}"),
        api.put(f"/workflows/{id}", json={"name": "w"}),
        api.delete(f"/workflows/{id}"),
        api.get(f"/executions/{id}"),
        api.get(f"/executions/{id}/steps"),
        api.post(f"/executions/{id}/cancel"),
        api.post(f"/executions/{id}/pause"),
        api.post(f"/executions/{id}/resume"),
        api.post(f"/executions/{id}/retry"),
        api.get(f"/events/{id}"),
    ):
        assert response.status_code == 404, response.url
        assert response.json()["detail"]


def test_lists_are_paged_newest_first(api: Api) -> None:
    ids = [api.save(name=str(number))["id"] for number in range(5)]

    first = api.get("/workflows?limit=2")
    second = api.get(first.links["next"]["url"])
    third = api.get(second.links["next"]["url"])

    pages = [[workflow["id"] for workflow in page.json()] for page in (first, second, third)]
    assert pages == [ids[4:2:-1], ids[2:0:-1], ids[:1]]
    assert "Link" not in third.headers


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=1001", "limit=x", f"limit={10**400}", "cursor=x", "cursor="]
)
def test_absurd_pages_are_refused(api: Api, query: str) -> None:
    for path in ("/workflows", "/events", "/executions", "/notifications"):
        assert api.get(f"{path}?{query}").status_code == 422


def test_names_need_not_be_unique(api: Api) -> None:
    assert api.save(name="same")["id"] != api.save(name="same")["id"]


def test_event_sees_what_another_process_saved(start_api: Callable[[], Api]) -> None:
    one, other = start_api(), start_api()
    one.fire()

    saved = other.save(trigger={"==": [{"var": "a"}, 1]})
    matched = [one.fire({"a": 1})["matched"]]
    other.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": {"==": [{"var": "a"}, 2]}})
    matched += [one.fire({"a": 1})["matched"], one.fire({"a": 2})["matched"]]
    other.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": True, "is_active": False})
    matched.append(one.fire({"a": 2})["matched"])
    other.put(f"/workflows/{saved['id']}", json={"name": "w", "trigger": True})
    matched.append(one.fire()["matched"])
    other.delete(f"/workflows/{saved['id']}")
    matched.append(one.fire()["matched"])

    assert matched == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("trigger", ['{"==": [{"var": "a"}, 1]}', [{"==": [{"var": "a"}, 1]}], "false", 1])
def test_constant_trigger_is_saved_with_a_warning(api: Api, trigger: Any) -> None:
    saved = api.post("/workflows", json={"name": "w", "trigger": trigger, "graph": NOTE}).json()

    assert [(each["code"], each["pointer"]) for each in saved["warnings"]] == [("CONSTANT_CONDITION", "/trigger")]


def test_constant_conditions_are_warned_at_their_place(api: Api) -> None:
    cases = [{"label": "a", "condition": "{{ payload.a }}"}, {"label": "b", "condition": {"==": [{"var": "n"}, 2**60]}}]
    nodes = [{"id": "b", "type": "branch", "data": {"cases": cases}}]

    answer = api.post("/workflows/validate", json={"name": "w", "graph": {"nodes": nodes, "edges": []}}).json()

    assert [(each["code"], each["node_id"], each["pointer"]) for each in answer["warnings"]] == [
        ("TEMPLATE_IN_RULE", "b", "/graph/nodes/0/data/cases/0/condition"),
        ("IMPRECISE_NUMBER", "b", "/graph/nodes/0/data/cases/1/condition/==/1"),
    ]


def test_when_and_trigger_in_yaml_are_warned_with_their_place(api: Api) -> None:
    text = "name: w\ntrigger: yes\ntasks: [{id: t, activity_type: end, when: '{{ payload.go }}'}]"

    saved = api.post("/workflows", json={"definition_yaml": text}).json()

    assert [(each["code"], each.get("node_id"), each["pointer"]) for each in saved["warnings"]] == [
        ("TEMPLATE_IN_RULE", "t", "/tasks/0/when"),
        ("CONSTANT_CONDITION", None, "/trigger"),
    ]


def test_wrong_reserved_key_is_warned_once(api: Api) -> None:
    nodes = [{"id": "h", "type": "http_call", "data": {"url": "http://localhost", "timeout": True}}]

    answer = api.post("/workflows/validate", json={"name": "w", "graph": {"nodes": nodes}}).json()

    (warning,) = answer["warnings"]
    assert (warning["code"], warning["node_id"]) == ("INVALID_DATA", "h")


def test_missing_operator_is_a_warning_of_the_workflow(api: Api, operators: Any) -> None:
    operators("is_gold", lambda value: value == "gold")
    saved = api.save(trigger={"is_gold": [{"var": "tier"}]})
    json_logic.rm_operation("is_gold")

    shown = api.get(f"/workflows/{saved['id']}").json()

    assert saved["warnings"] == []
    assert [(each["code"], each["pointer"]) for each in shown["warnings"]] == [("UNKNOWN_OPERATOR", "/trigger")]


def test_invalid_body_is_refused_before_the_precondition(api: Api) -> None:
    url = f"/workflows/{api.save()['id']}"

    assert api.put(url, data=b"", headers={"If-Match": '"old"'}).status_code == 422
    assert api.put(url, json={"name": "w"}, headers={"If-Match": '"old"'}).status_code == 412


def test_path_that_no_recent_event_has_is_a_warning(api: Api) -> None:
    trigger = {">": [{"var": "lead.scroe"}, 5]}
    before = api.post("/workflows/validate", json={"name": "w", "graph": NOTE, "trigger": trigger}).json()
    assert before["warnings"] == []
    api.renew().fire({"lead": {"score": 90}})

    (warning,) = api.renew().save(trigger=trigger)["warnings"]

    assert (warning["code"], warning["pointer"]) == ("PATH_NEVER_SEEN", "/trigger/>/0/var")
    assert warning["message"].endswith("Did you mean `lead.score`?")


def test_conditions_inside_a_graph_are_warned_of_unseen_paths(api: Api) -> None:
    misspelt = {">": [{"var": "lead.scroe"}, 5]}
    cases = [{"label": "hot", "condition": misspelt}, {"label": "cold", "else": True}]
    graph = {
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "route", "type": "branch", "data": {"cases": cases}},
            {"id": "wait", "type": "wait_for_event", "data": {"condition": misspelt}},
        ],
        "edges": [
            {"source": "start", "target": "route"},
            {"source": "route", "target": "wait", "sourceHandle": "hot"},
        ],
    }
    api.fire({"lead": {"score": 90}})

    def warned(**body: Any) -> list[tuple[str, str]]:
        found = api.renew().post("/workflows/validate", json={"name": "w", "graph": graph, **body}).json()["warnings"]
        return [(each["node_id"], each["pointer"]) for each in found if each["code"] == "PATH_NEVER_SEEN"]

    of_wait = ("wait", "/graph/nodes/2/data/condition/>/0/var")
    of_case = ("route", "/graph/nodes/1/data/cases/0/condition/>/0/var")
    assert warned(trigger={">": [{"var": "lead.score"}, 5]}) == [of_case, of_wait]
    assert warned(trigger=None) == [of_wait]
    assert warned(trigger={">": [{"var": "lead.score"}, 5]}, debounce={"period": "2s"}) == [of_wait]

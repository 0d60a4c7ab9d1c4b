"""YAML definitions on workers."""

from __future__ import annotations

from typing import Any

from app.engine.definitions.drafts import workflow_from_yaml
from app.storage import starting, workflows
from app.storage.ids import new_id
from app.storage.json_text import JsonText, dumps
from app.storage.orm import cursor_of, make_sessions
from tests.scenarios.results import task_results
from tests.scenarios.stack import Stack, registry
from tests.service import Service


def start(stack: Stack, text: str, **parameters: Any) -> str:
    """Start an execution of a definition, in which ``NAME`` becomes a new name; return its id."""
    with stack.engine() as engine, make_sessions(engine)() as session, session.begin():
        draft = workflow_from_yaml(text.replace("NAME", new_id()), registry(), max_nodes=100)
        workflow = workflows.create_workflow(session, draft)
        created = starting.create_execution(cursor_of(session), workflow, JsonText(dumps(parameters)), grace=60)
    assert created is not None
    stack.wake(created.id)
    return created.id


#           ┌─▶ left (fails twice) ─┐
#   first ──┤                       ├─▶ last
#           └─▶ right ──────────────┘
DIAMOND = """
name: NAME
parameters: [{name: url, type: string}, {name: times, type: integer, default: 2}]
tasks:
  - {id: last, activity_type: transform, depends_on: [left, right], config: {value: {var: $steps.left.status_code}}}
  - id: left
    activity_type: http_request
    depends_on: [first]
    config: {url: "{{ url }}/fail?times={{ times }}", method: POST, body: {order: "{{ first.body.body }}"}}
    retry: {initial_interval: "100ms"}
  - {id: right, activity_type: http_request, depends_on: [first], config: {url: "{{ url }}/right"}, timeout: 30s}
  - {id: first, activity_type: http_request, config: {url: "{{ url }}/echo", method: PUT, body: hello}}
"""


def test_diamond_of_tasks_returns_every_result(threads: Stack, calls: Service) -> None:
    id = start(threads, DIAMOND, url=calls.url)

    assert threads.finish(id).status == "COMPLETED"
    told = task_results(threads, id)
    assert told["status"] == "completed"
    assert sorted(told["task_results"]) == ["first", "last", "left", "right"]
    assert told["task_results"]["last"] == 200
    assert told["task_results"]["first"]["body"]["body"] == "hello"
    assert (told["task_results"]["right"]["status_code"], told["task_results"]["right"]["body"]) == (200, {})
    assert [call.json for call in calls.at("/fail")] == [{"order": "hello"}] * 3
    assert len(calls.keys("/fail")) == 1


def test_null_response_is_not_text(threads: Stack, calls: Service) -> None:
    text = """
name: NAME
parameters: [{name: url, type: string}]
tasks: [{id: ask, activity_type: http_request, config: {url: "{{ url }}/null"}}]
"""
    id = start(threads, text, url=calls.url)

    assert threads.finish(id).status == "COMPLETED"
    assert task_results(threads, id)["task_results"]["ask"]["body"] is None


UNDONE = """
name: NAME
parameters: [{name: url, type: string}]
tasks:
  - id: book
    activity_type: http_request
    config: {url: "{{ url }}/book"}
    compensation: unbook
  - id: pay
    activity_type: http_request
    depends_on: [book]
    config: {url: "{{ url }}/pay"}
    compensation:
      activity_type: http_request
      config: {url: "{{ url }}/refund", method: POST, body: "{{ pay.body }}"}
  - {id: ship, activity_type: http_request, depends_on: [pay], config: {url: "{{ url }}/ship?code=404"}}
  - {id: unbook, activity_type: http_request, config: {url: "{{ url }}/unbook"}}
"""


def test_status_400_fails_and_compensates(threads: Stack, calls: Service) -> None:
    id = start(threads, UNDONE, url=calls.url)

    execution = threads.finish(id)
    assert execution.status == "FAILED"
    assert execution.error["message"] == f"GET {calls.url}/ship?code=404 answered 404."
    assert [call.path for call in calls.calls] == ["/book", "/pay", "/ship", "/refund", "/unbook"]
    assert task_results(threads, id) is None


#             ┌─▶ gift ─┐
#   amount? ──┤         ├─▶ send
#             └─────────┘
CHOOSY = """
name: NAME
parameters: [{name: amount, type: float}]
tasks:
  - {id: gift, activity_type: transform, config: {value: a gift}, when: {">": [{var: amount}, 1000]}}
  - id: send
    activity_type: python_function
    depends_on: [gift]
    config: {function: tests.doubled, args: ["{{ amount }}"]}
"""


def test_task_with_false_when_is_skipped(threads: Stack) -> None:
    large, small = start(threads, CHOOSY, amount=1500.0), start(threads, CHOOSY, amount=10)

    assert [threads.finish(id).status for id in (large, small)] == ["COMPLETED", "COMPLETED"]
    assert task_results(threads, large) == {"status": "completed", "task_results": {"gift": "a gift", "send": 3000.0}}
    assert task_results(threads, small) == {"status": "completed", "task_results": {"send": 20}}


def test_event_started_execution_has_defaults(threads: Stack) -> None:
    text = """
name: NAME
parameters: [{name: greeting, type: string, default: Hello}]
tasks: [{id: say, activity_type: transform, config: {value: {cat: [{var: greeting}, " ", {var: who}]}}}]
"""
    id = start(threads, text, who="Ada")

    threads.finish(id)

    assert task_results(threads, id)["task_results"] == {"say": "Hello Ada"}

"""How workers run executions: delays, calls, branches, joins and loops."""

from __future__ import annotations

import os
import subprocess
import sys

from app.settings import BACKEND
from app.storage.json_text import loads
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import Stack
from tests.service import Service


#   start ─▶ wait ─▶ call ─▶ route ─┬─▶ gift
#                                   └─▶ drip
def test_execution_runs_delay_call_and_branch(either: Stack, calls: Service) -> None:
    cases = [
        {"label": "CEO", "condition": {"==": [{"var": "lead.title"}, "CEO"]}, "next": "gift"},
        {"else": True, "next": "drip"},
    ]
    routing = graph(
        "start>wait>call>route:CEO>gift",
        "route:else>drip",
        wait=node("delay", ms=200),
        call=node("http_call", method="POST", url=calls.url + "/leads", body={"title": "{{ payload.lead.title }}"}),
        route=node("branch", cases=cases),
        gift=node("send_notification", toRole="AE", message="A gift for the {{ payload.lead.title }}"),
        drip=node("send_notification", toRole="AE", message="A drip"),
    )

    id = either.begin(routing, {"lead": {"title": "CEO"}})

    execution = either.finish(id)
    assert execution.status == "COMPLETED"
    assert execution.output == {"notified": "AE", "message": "A gift for the CEO"}
    assert either.ran(id) == ["start", "wait", "call", "route", "gift"]
    assert either.ran(id, "SKIPPED") == ["drip"]
    assert [call.json for call in calls.at("/leads")] == [{"title": "CEO"}]
    waited = either.step(id, "wait")
    assert 0.19 <= (waited.finished_at - waited.started_at).total_seconds() < 5
    assert either.step(id, "start").output == {"lead": {"title": "CEO"}}
    assert either.step(id, "call").output["status_code"] == 200
    assert either.step(id, "route").output == {"label": "CEO", "selected_next": "gift"}
    noted = either.rows("SELECT notified, message FROM notifications WHERE execution_id = %s", (id,))
    assert [(note.notified, note.message) for note in noted] == [("AE", "A gift for the CEO")]


#   start ─▶ keep ─▶ send
def test_numbers_keep_their_digits_on_their_way(threads: Stack, calls: Service) -> None:
    numbers = '{"price":0.1000000000000000055,"id":9007199254740993,"total":1.10}'
    way = graph(
        "start>keep>send",
        keep=node("transform", value={"var": "order"}),
        send=node("http_call", method="POST", url=calls.url + "/echo", body="{{ keep.output }}"),
    )

    id = threads.begin(way, loads(f'{{"order":{numbers}}}'))

    assert threads.finish(id).status == "COMPLETED"
    (kept,) = threads.rows("SELECT output::text AS text FROM steps WHERE execution_id = %s AND node_id = 'keep'", (id,))
    assert kept.text == numbers
    assert [call.body.replace(" ", "") for call in calls.at("/echo")] == [numbers]


#           ┌─▶ left ──┐
#   start ──┤          ├─▶ both
#           └─▶ right ─┘
def test_join_gets_the_outputs_of_its_edges(threads: Stack, calls: Service) -> None:
    diamond = graph(
        "start>left>both",
        "start>right>both",
        left=node("nap", seconds=0.1),
        both=node("report", url=calls.url + "/both"),
    )

    id = threads.begin(diamond)

    assert threads.finish(id).status == "COMPLETED"
    assert [call.json["input"] for call in calls.at("/both")] == [
        {"left": {"slept": 0.1, "visit": 1}, "right": "right"}
    ]


def test_paths_run_at_the_same_time(either: Stack, calls: Service) -> None:
    fork = graph(
        "start>a",
        "start>b",
        a=node("http_call", url=calls.url + "/hold/a", timeout=200),
        b=node("http_call", url=calls.url + "/hold/b", timeout=200),
    )

    id = either.begin(fork)

    calls.wait_for("/hold/a")
    calls.wait_for("/hold/b")
    calls.released.set()
    assert either.finish(id).status == "COMPLETED"


def test_several_ends_make_an_output_by_node(threads: Stack) -> None:
    id = threads.begin(graph("start>a", "start>b"), {"x": 1})

    assert threads.finish(id).output == {"a": "a", "b": "b"}


#           ┌───────────────────┐
#   start ──┴▶ ask ─▶ enough ───┴─▶ last
def test_loop_makes_a_step_for_each_visit(threads: Stack) -> None:
    cases = [{"label": "again", "condition": {"<": [{"var": "$steps.ask.visit"}, 3]}}, {"else": True}]
    loop = graph(
        "start>ask>enough:again>ask",
        "enough:else>last",
        ask=node("nap"),
        enough=node("branch", cases=cases),
        last=node("transform", value={"var": "$steps.ask.visit"}),
    )

    id = threads.begin(loop)

    assert threads.finish(id).output == 3
    assert [step.visit for step in threads.steps(id) if step.node_id == "ask"] == [1, 2, 3]
    assert threads.ran(id) == ["start", *["ask", "enough"] * 3, "last"]


def test_endless_loop_fails_at_max_visits(threads: Stack) -> None:
    endless = graph(
        "start>ask>on:again>ask",
        ask=node("nap", max_visits=5),
        on=node("branch", cases=[{"label": "again", "else": True}]),
    )

    id = threads.begin(endless)

    execution = threads.finish(id)
    assert execution.status == "FAILED"
    assert execution.error["type"] == "MaxVisits"
    assert threads.ran(id).count("ask") == 5


#           ┌──────────────────────────┐
#   start ──┼▶ ask ─▶ pause ─▶ enough ─┴─▶ both
#           └────────▶ slow ──────────────▶
def test_join_reads_the_newest_visit_of_any_worker(prefork: Stack) -> None:
    cases = [{"label": "again", "condition": {"<": [{"var": "$steps.ask.visit"}, 3]}}, {"else": True}]
    beside = graph(
        "start>ask>pause>enough:again>ask",
        "enough:else>both",
        "start>slow>both",
        ask=node("nap"),
        pause=node("delay", ms=20),
        enough=node("branch", cases=cases),
        slow=node("nap", seconds=0.4),
        both=node("transform", value={"visit": {"var": "$steps.ask.visit"}, "paths": {"var": "$steps.slow.slept"}}),
    )

    ids = [prefork.begin(beside) for _ in range(3)]

    assert [prefork.finish(id).output for id in ids] == [{"visit": 3, "paths": 0.4}] * 3


def test_execute_node_called_directly_walks_the_execution(prefork: Stack) -> None:
    (id,) = prefork.accept(graph("start>a>b", a=node("nap")), check_in=3600)
    script = f"from tests.scenarios.deployment import execute_node; execute_node({id!r})"

    subprocess.run([sys.executable, "-c", script], cwd=BACKEND, env={**os.environ, **prefork.env}, check=True)

    assert prefork.execution(id).status == "COMPLETED"
    assert prefork.ran(id) == ["start", "a", "b"]


def test_message_to_execute_node_begins_an_execution(either: Stack) -> None:
    (id,) = either.accept(graph("start>a"), check_in=3600)

    either.send("trigraph.execute_node", id)

    assert either.finish(id).status == "COMPLETED"


def test_messages_without_a_target_are_harmless(threads: Stack) -> None:
    threads.send("trigraph.execute_node", "00000000-0000-7000-8000-000000000000")
    threads.send("trigraph.execute_node", "not an id")
    threads.send("trigraph.walk", [["not an id", None, None, None]])
    id = threads.begin(graph("start>a"))
    threads.send("trigraph.execute_node", id, "no such node")
    threads.send("trigraph.execute_node", id, "__RESUME_AFTER__", "no such node")

    assert threads.finish(id).status == "COMPLETED"

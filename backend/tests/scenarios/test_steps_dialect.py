"""The steps dialect on workers, and its view of an execution."""

from __future__ import annotations

from typing import Any

from app.api.views.steps_status import build_steps_view
from app.engine.definitions.validation import validate
from app.storage import executions, starting, workflows
from app.storage.ids import new_id
from app.storage.json_text import JsonText, loads, write_object
from app.storage.orm import cursor_of, make_sessions
from app.storage.workflow_draft import WorkflowDraft
from tests.scenarios.stack import Stack, registry
from tests.service import Service

Task = dict[str, Any]


def task(name: str, **params: Any) -> Task:
    return {"name": name, "params": params}


def sequence(*tasks: Task) -> dict[str, Any]:
    return {"execution_type": "sequential", "tasks": list(tasks)}


def parallel(*tasks: Task) -> dict[str, Any]:
    return {"execution_type": "parallel", "tasks": list(tasks)}


def start(stack: Stack, *steps: dict[str, Any]) -> str:
    """Start an execution of these steps and publish its wake-up; return its id."""
    document = {"steps": list(steps)}
    validate(document, registry(), kind="steps")
    with stack.engine() as engine, make_sessions(engine)() as session, session.begin():
        workflow = workflows.submit_workflow(session, WorkflowDraft(kind="steps", name=new_id(), document=document))
        created = starting.create_execution(cursor_of(session), workflow, JsonText("{}"), grace=60)
    assert created is not None
    stack.wake(created.id)
    return created.id


def shown(stack: Stack, id: str) -> Any:
    """The execution as ``/api/workflow`` shows it."""
    with stack.engine() as engine, make_sessions(engine)() as session:
        (found,) = build_steps_view(session, [executions.get_execution(session, id)])
    return loads(write_object(found))


def words(stack: Stack, id: str) -> dict[str, str]:
    """The status of the execution, of each step, and of each task as ``0.name``."""
    execution = shown(stack, id)
    found = {"all": execution["status"]}
    for number, step in execution["steps"].items():
        found[number] = step["status"]
        found |= {f"{number}.{name}": one["status"] for name, one in step["tasks"].items()}
    return found


def results(stack: Stack, id: str) -> dict[str, Any]:
    steps = shown(stack, id)["steps"].values()
    return {name: one["result"] for step in steps for name, one in step["tasks"].items()}


#   0.task_a ─▶ 0.task_b      1.task_c
def test_first_example_of_the_documentation_runs(threads: Stack) -> None:
    id = start(
        threads,
        sequence(task("task_a", timeout=30), task("task_b", retry_count=3)),
        parallel(task("task_c", priority="high")),
    )

    execution = threads.finish(id)

    assert set(words(threads, id).values()) == {"succeeded"}
    assert results(threads, id) == {
        "task_a": {"task": "task_a", "seconds": 1.0},
        "task_b": {"task": "task_b", "seconds": 2.0},
        "task_c": {"task": "task_c", "seconds": 1.5},
    }
    assert threads.ran(id) == ["0.task_a", "0.task_b", "1.task_c"]
    assert (execution.finished_at - execution.started_at).total_seconds() >= 4.5


#   ┌─▶ 0.http_call ───┐
#   ├─▶ 0.http_call#2 ─┼─▶ step 0 done ─┬─▶ 1.report
#   └─▶ 0.http_call#3 ─┘                └─▶ 1.nap
def test_next_step_runs_after_all_parallel_tasks(threads: Stack, calls: Service) -> None:
    hold = task("http_call", url=calls.url + "/hold")
    id = start(threads, parallel(hold, hold, hold), parallel(task("report", url=calls.url + "/next"), task("nap")))

    calls.wait_for("/hold", 3)
    during = words(threads, id)
    calls.released.set()
    threads.finish(id)

    assert during["all"] == during["0"] == during["0.http_call"] == during["0.http_call#2"] == "running"
    assert during["1"] == during["1.report"] == "pending"
    assert set(words(threads, id).values()) == {"succeeded"}
    assert calls.at("/next")[0].json["input"] is None
    assert sorted(threads.execution(id).output) == ["1.nap", "1.report"]


#   0.nap ─▶ 0.http_request ✗ ─▶ 0.nap#2      1.nap
def test_failed_task_stops_its_sequence_and_later_steps(threads: Stack, calls: Service) -> None:
    fails = task("http_request", url=calls.url + "/x?code=500")
    id = start(threads, sequence(task("nap"), fails, task("nap")), sequence(task("nap")))

    execution = threads.finish(id)

    assert words(threads, id) == {
        **{"all": "failed", "0": "failed", "0.nap": "succeeded", "0.http_request": "failed", "0.nap#2": "pending"},
        **{"1": "pending", "1.nap": "pending"},
    }
    assert execution.error["node_id"] == "0.http_request"
    assert "answered 500" in results(threads, id)["http_request"]["error"]["message"]
    assert threads.ran(id, "SKIPPED") == []


#   ┌─▶ 0.http_request ✗ ┐
#   ├─▶ 0.flaky ✗ ✗ ✓    ├─     step 0 done        1.nap
#   └─▶ 0.http_call      ┘
def test_parallel_step_waits_for_all_tasks_after_a_failure(threads: Stack, calls: Service) -> None:
    id = start(
        threads,
        parallel(
            task("http_request", url=calls.url + "/x?code=404"),
            task("flaky", succeeds_at=3, retry_count=2),
            task("http_call", url=calls.url + "/hold"),
        ),
        sequence(task("nap")),
    )

    threads.wait_for_step(id, "0.http_request", "FAILED")
    threads.wait_for_step(id, "0.flaky", "COMPLETED")
    during = words(threads, id)
    calls.wait_for("/hold", 1)
    calls.released.set()
    execution = threads.finish(id)

    assert (during["all"], during["0"]) == ("running", "running")
    assert (during["0.http_request"], during["0.http_call"]) == ("failed", "running")
    assert words(threads, id) == {
        **{"all": "failed", "0": "failed", "1": "pending", "1.nap": "pending"},
        **{"0.http_request": "failed", "0.flaky": "succeeded", "0.http_call": "succeeded"},
    }
    assert [step.attempt for step in threads.steps(id) if step.node_id == "0.flaky"] == [1, 2, 3]
    assert execution.error == {
        "type": "HttpStatus",
        "message": f"GET {calls.url}/x?code=404 answered 404.",
        "node_id": "0.http_request",
    }
    assert execution.finished_at >= threads.step(id, "0.http_call").finished_at


#   ┌─▶ 0.http_call ✗ ✓ ┐
#   ├─▶ 0.http_call#2   ├─▶ step 0 done ─▶ 1.nap
#   └─▶ 0.flaky ✗ ✗ ✓   ┘
def test_retry_runs_only_failed_parallel_tasks(threads: Stack, calls: Service) -> None:
    fails = task("http_call", url=calls.url + "/fail?times=1", fail_on_status=True)
    once = task("http_call", url=calls.url + "/once")
    id = start(threads, parallel(fails, once, task("flaky", succeeds_at=3)), sequence(task("nap")))
    assert threads.finish(id).status == "FAILED"

    threads.retry(id)
    again = threads.finish(id)
    during = words(threads, id)
    threads.retry(id)

    assert (again.status, again.error["message"]) == ("FAILED", "Attempt 2 fails.")
    assert (during["0.http_call"], during["0.http_call#2"], during["0.flaky"]) == ("succeeded", "succeeded", "failed")
    assert threads.finish(id).status == "COMPLETED", threads.story(id)
    assert set(words(threads, id).values()) == {"succeeded"}
    assert (len(calls.at("/fail")), len(calls.at("/once"))) == (2, 1)
    assert threads.ran(id).count("step 0 done") == 1


def test_every_failed_parallel_task_is_listed(threads: Stack) -> None:
    id = start(threads, parallel(task("flaky"), task("exits"), task("flaky", retry_count=1)), sequence(task("nap")))

    execution = threads.finish(id)

    assert execution.status == "FAILED"
    assert execution.error["message"].count("fails.") == 2
    assert "asked to exit" in execution.error["message"]
    assert words(threads, id)["1"] == "pending"


#   0.transform ─┐
#   0.nap ───────┴─▶ step 0 done ─▶ 1.nap
def test_output_that_resembles_an_error_is_not_a_failure(threads: Stack) -> None:
    value = {"error": {"type": {"var": "t"}, "message": "Not really."}, "status": "failed"}
    id = start(threads, parallel(task("transform", value=value), task("nap")), sequence(task("nap")))

    assert threads.finish(id).status == "COMPLETED"
    assert set(words(threads, id).values()) == {"succeeded"}
    assert results(threads, id)["transform"]["error"]["message"] == "Not really."


def test_step_output_can_exceed_the_limit_of_a_task(threads: Stack) -> None:
    large = task("transform", value="x" * 600_000)
    id = start(threads, parallel(large, large), parallel(large, large))

    execution = threads.finish(id)

    assert execution.status == "COMPLETED"
    assert {name: len(output) for name, output in execution.output.items()} == {
        "1.transform": 600_000,
        "1.transform#2": 600_000,
    }


#   ┌─▶ 0.nap ───┐
#   └─▶ 0.nap#2 ─┴─▶ step 0 done ─▶ 1.report ─▶ 1.transform
def test_task_reads_earlier_results_by_number_and_name(threads: Stack, calls: Service) -> None:
    first, second = "{{ 0.nap.output.slept }}", '{{ steps["0.nap#2"].output.slept }}'
    id = start(
        threads,
        parallel(task("nap", seconds=0.01), task("nap", seconds=0.02)),
        sequence(
            task("http_request", url=calls.url + "/echo", method="POST", body=[first, second]),
            task("transform", value={"var": "$steps.0.nap#2.slept"}),
        ),
    )

    assert threads.finish(id).status == "COMPLETED"
    assert calls.at("/echo")[0].json == [0.01, 0.02]
    assert results(threads, id)["transform"] == 0.02


def test_cancelling_starts_no_further_task(threads: Stack, calls: Service) -> None:
    delays = [task("delay", ms=60_000), task("http_call", url=calls.url + "/hold")]
    id = start(threads, parallel(*delays), sequence(task("nap")))
    calls.wait_for("/hold", 1)
    threads.wait_for_step(id, "0.delay", "WAITING")

    threads.cancel(id)
    during = words(threads, id)
    calls.released.set()
    threads.wait_for_step(id, "0.http_call", "COMPLETED")

    assert (during["all"], during["0.delay"]) == ("cancelled", "cancelled")
    assert (during["0"], during["0.http_call"]) == ("running", "running")
    assert words(threads, id)["0"] == "cancelled"
    assert words(threads, id)["1"] == "pending"

"""The last release beside this one, on the schema of this one: executions cross both, and either takes over."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.scripts.stack.processes import wait_until
from app.settings import BACKEND
from tests.faults.api_process import api_process
from tests.long import LONG
from tests.scenarios.graphs import fan, graph, node
from tests.scenarios.stack import Stack
from tests.service import Service

#: The last release. This commit is the one with the first schema that later versions only extend; versions before it
#: have other names of columns. To be set to the commit of each release.
LAST_RELEASE = "44af25d0057a839c1710fd5596c709b199f3bc69"


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backend of the last release, taken from the history of this repository."""
    folder = tmp_path_factory.mktemp("last_release")
    archive = ["git", "-C", str(BACKEND.parent), "archive", "-o", str(folder / "release.tar"), LAST_RELEASE, "backend"]
    try:
        subprocess.run(archive, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip(f"Commit {LAST_RELEASE[:7]} is not here: no git, or no history.")
    subprocess.run(["tar", "-xf", "release.tar"], cwd=folder, check=True)
    return folder / "backend"


def counts_by_release(stack: Stack, ids: list[str]) -> tuple[int, int]:
    """How many steps workers of the last release have claimed, which name no process, and those of this one."""
    count = "SELECT count(*) FILTER (WHERE claimed_by IS NULL) AS old, count(claimed_by) AS new FROM steps"
    row = stack.rows(f"{count} WHERE claim > 0 AND execution_id = ANY(%s::uuid[])", (ids,))[0]
    return row.old, row.new


#  start ─▶ a ─▶ wait ─▶ b ─▶ each (two children) ─▶ fork ─┬─▶ c ─┬─▶ last
#                                                          └─▶ d ─┘
def crossing() -> dict[str, object]:
    nap = node("nap", seconds=0.02)
    child = {"nodes": [{"id": "start", "type": "start"}, {"id": "nap", **nap}], "edges": []}
    child["edges"] = [{"source": "start", "target": "nap"}]
    each = node("for_each", items=[1, 2], graph=child)
    naps = dict.fromkeys("abcd", nap)
    paths = ["start>a>wait>b>each>c>last", "each>d>last"]
    return graph(*paths, wait=node("delay", ms=200), each=each, **naps)


def test_executions_cross_both_releases(make_stack: Callable[..., Stack], last_release: Path) -> None:
    stack = make_stack()
    stack.start_worker(concurrency=1, cwd=last_release, ready=False)
    stack.start_worker(concurrency=1, ready=False)
    for worker in stack.workers:
        stack.wait_ready(worker)
    ids = stack.begin_many(crossing(), 20) + stack.begin_many(fan(8, node("nap", seconds=0.02)), 5)

    stack.finish_all(ids)

    for id in ids[:20]:
        assert sorted(stack.ran(id)) == sorted(["start", "a", "wait", "b", "each", "c", "d", "last"])
    old, new = counts_by_release(stack, ids)
    assert old > 0
    assert new > 0


@LONG
@pytest.mark.parametrize("first", ["last", "this"])
def test_either_release_takes_over_from_the_other(
    make_stack: Callable[..., Stack], last_release: Path, calls: Service, first: str
) -> None:
    stack, folders = make_stack(), {"last": last_release, "this": BACKEND}
    second = "this" if first == "last" else "last"
    stack.start_worker(concurrency=2, cwd=folders[first])
    held = graph("start>a>wait>b", a=node("http_call", url=calls.url + "/hold"), wait=node("delay", ms=100))
    ids = [stack.begin(held) for _ in range(2)]
    calls.wait_for("/hold", 2)

    stack.kill_workers()
    calls.released.set()
    stack.start_worker(cwd=folders[second])

    stack.finish_all(ids)
    assert [len(calls.at("/hold"))] == [4]


@LONG
def test_api_of_the_last_release_serves_the_new_schema(make_stack: Callable[..., Stack], last_release: Path) -> None:
    stack = make_stack()
    stack.start_worker(concurrency=1)

    with api_process(stack, cwd=last_release) as (api, _):
        workflow = api.save(graph=graph("start>nap", nap=node("nap")), trigger=None)["id"]
        id = api.post("/executions", json={"workflow_id": workflow}, timeout=20).json()["id"]
        assert wait_until(lambda: api.get(f"/executions/{id}").json()["status"] == "COMPLETED", seconds=20)
        assert [step["status"] for step in api.get(f"/executions/{id}/steps").json()] == ["COMPLETED", "COMPLETED"]

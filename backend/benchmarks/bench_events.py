"""``POST /events`` with 10,000 active workflows of which one matches: accepted, finished, and the memory it took."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.load import post
from benchmarks.stage import chain, cursor, save, wait_for_end

WORKFLOWS = 10_000
EVENTS = 5_000


def prepare() -> None:
    """All active workflows but the one that will match."""
    with cursor() as on:
        graph = json.dumps(chain(3, "transform", value=1))
        on.execute(
            "INSERT INTO workflows (id, kind, name, trigger, document, is_active, catalog_revision)"
            " SELECT gen_random_uuid(), 'graph', 'workflow ' || n, CASE n %% 3"
            "  WHEN 0 THEN json_build_object('==', json_build_array(json_build_object('var', 'customer'), n))"
            "  WHEN 1 THEN json_build_object('and', json_build_array("
            "   json_build_object('==', json_build_array(json_build_object('var', 'kind'), 'k' || n)),"
            "   json_build_object('>', json_build_array(json_build_object('var', 'score'), n %% 100))))"
            "  ELSE json_build_object('<', json_build_array(-n, json_build_object('var', 'temperature'), -n + 1)) END,"
            " %s, true, (SELECT revision + 1 FROM catalog) FROM generate_series(1, %s) n",
            (graph, WORKFLOWS - 1),
        )
        on.execute(
            "INSERT INTO workflow_versions (workflow_id, version, document) SELECT id, 1, document FROM workflows"
            " WHERE is_active AND name LIKE 'workflow %%'"
        )


def save_matching(type: str) -> str:
    """The one workflow that will match, with 3 nodes; one of before is turned off, as a save does it."""
    with cursor() as on:
        on.execute(
            "UPDATE workflows SET is_active = false, catalog_revision = (SELECT revision + 1 FROM catalog)"
            " WHERE is_active AND name = 'bench'"
        )
        return save(on, chain(3, type, value=1, message="x"), trigger={"==": [{"var": "lead.source"}, "bench"]})


def run(url: str, type: str) -> tuple[float, float, float]:
    """Accepted a second, finished a second, and the API's time alone with nothing to start, a second."""
    workflow = save_matching(type)
    body = json.dumps({"lead": {"source": "bench", "score": 90}, "temperature": 20, "kind": "none"}).encode()
    post(f"{url}/events", [body] * 200)
    with cursor() as on:
        wait_for_end(on, workflow, 200)
        started = time.time()
        load = post(f"{url}/events", [body] * EVENTS)
        if load.refused:
            raise RuntimeError(f"{load.refused} events were refused.")
        # Asked rarely, as counting costs Postgres time too; Postgres, which has the same clock, has kept the last end.
        wait_for_end(on, workflow, EVENTS + 200, pause=0.2)
        ended = "SELECT extract(epoch FROM max(finished_at))::float8 FROM executions WHERE workflow_id = %s"
        on.execute(ended, (workflow,))
        finished = EVENTS / (on.fetchone()[0] - started)
        on.execute("SELECT count(*) FROM executions WHERE created_at >= to_timestamp(%s)", (started,))
        (begun,) = on.fetchone()
        if begun != EVENTS:
            raise RuntimeError(f"{EVENTS} events started {begun} executions.")
    nothing = post(f"{url}/events", [b'{"nothing": 1}'] * 1000)
    return load.per_second, finished, nothing.per_second


def memory(but: set[int]) -> float:
    """Megabytes (proportional set size) of this stage's processes without Postgres and without the load itself."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder = os.environ["TRIGRAPH_STAGE"]
            # Valkey was started before the stage was named, but works in its folder.
            is_ours = folder.encode() in (process / "environ").read_bytes() or folder in os.readlink(process / "cwd")
            if not is_ours or int(process.name) in but or b"postgres" in (process / "comm").read_bytes():
                continue
            lines = (process / "smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError):
            continue
    return total / 1024


def main() -> None:
    url = sys.argv[1]
    prepare()
    for type, words in (("transform", "pure nodes"), ("send_notification", "two nodes with effects")):
        accepted, finished, nothing = run(url, type)
        print(
            f"POST /events, 10,000 workflows, {words}: {accepted:.0f} accepted/s, {finished:.0f} finished/s"
            f" (an event that starts nothing: {nothing:.0f}/s)"
        )
    print(f"memory of everything but Postgres           {memory({os.getpid(), os.getppid()}):9.0f} MB")


if __name__ == "__main__":
    main()

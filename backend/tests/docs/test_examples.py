"""Every example in the pages for readers runs: commands on a real stack, in the order in which a reader runs them."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from app.scripts.stack import embedded
from app.scripts.stack.embedded.ports import free_port, is_taken
from app.scripts.stack.processes import wait_until
from app.scripts.stack.services import START_TIMEOUT
from app.settings import BACKEND
from tests.docs.answers import is_like, is_text_like, values_in
from tests.docs.pages import ROOT, SHELL, SUFFIXES, Block, blocks, pages
from tests.docs.terminal import Terminal, terminal
from tests.servers import temporary_folder

#: Commands that a test cannot run here: they need containers, install packages, run for long, or never end.
ELSEWHERE = re.compile(r"\b(?:docker|pip|make|benchmarks|uvicorn|celery|git)\b")
#: A command that changes something, and is therefore run only once.
EFFECT = re.compile(r" -d |-X |&$|\bkill\b|> \w", re.MULTILINE)
#: Seconds in which an answer becomes the one that a page shows, or at least another one: a busy machine needs longer.
PATIENCE = 30.0
#: Times ``PATIENCE`` that an answer may keep changing.
MOST_CHANGES = 5
#: Seconds between two runs of a command that waits for its answer: each starts several processes.
INTERVAL = 0.25
#: Languages of blocks that are drawings or answers in plain text.
PLAIN = ("", "text")
#: Handlers of which the guide shows only a part: the method ``execute``, the attribute with its rules, none at all.
OLDER = "from ..registry import HandlerResult\n\nclass Older:\n    type = 'older'\n\n{part}\nhandler = Older()\n"
RULED = """
from ..registry import HandlerResult

class Ruled:
    type = "ruled"
{part}
    def execute(self, *, node_id, data, exec_id, payload, services):
        return HandlerResult(result=services.holds(data["condition"], payload))

handler = Ruled()
"""
HALTED = """
from ..registry import HandlerResult

class Halted:
    type = "halted"

    def execute(self, *, node_id, data, exec_id, payload, services):
        return HandlerResult(result={"halted": True}, halted=True)

handler = Halted()
"""
COOLING = "from ..registry import HandlerResult\n\n{part}\nhandler = CoolDown()\n"

PAGES = {page.name: list(blocks(page)) for page in pages()}
ALL = [block for page in PAGES.values() for block in page]
GUIDE = PAGES["write-a-handler.md"]


@dataclass
class Project:
    """A copy of the project in which somebody has followed the pages, with ``make run`` running."""

    folder: Path
    port: int
    #: Ports of the services that readers start, by the port that a page names.
    ports: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def localised(self, text: str) -> str:
        """The text with ports that are free on this machine."""
        return re.sub(r"\b(?:8000|8001|8198|8199)\b", lambda found: self.ports[found[0]], text)

    def post(self, path: str, body: Any) -> Any:
        answer = requests.post(self.url + path, json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        return requests.get(self.url + path, timeout=10).json()

    def finish(self, execution: str) -> Any:
        path = f"/executions/{execution}"
        assert wait_until(lambda: self.get(path)["status"] in ("COMPLETED", "FAILED"), seconds=PATIENCE), self.get(path)
        return self.get(path)

    def run_graph(self, payload: Any, **data: Any) -> str:
        """Start an execution of one node after the start; the id of the execution."""
        nodes = [{"id": "start", "type": "start"}, {"id": "a", **data}]
        graph = {"nodes": nodes, "edges": [{"source": "start", "target": "a"}]}
        workflow = self.post("/workflows", {"name": "Fragment", "graph": graph})
        assert [each for each in workflow["warnings"] if each["code"] != "PATH_NEVER_SEEN"] == []
        return str(self.post("/executions", {"workflow_id": workflow["id"], "payload": payload})["id"])


def part(beginning: str, page: str = "write-a-handler.md") -> str:
    """The block of a page that begins so."""
    (found,) = [block.text for block in PAGES[page] if block.text.startswith(beginning)]
    return found


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    with temporary_folder() as folder:
        home = copied(folder)
        port = free_port()
        ports = {"8000": str(port), **{name: str(free_port()) for name in ("8001", "8198", "8199")}}
        secret = re.search(r"^(SECRET_\w+)=(\S+) make run$", "\n".join(block.text for block in GUIDE), re.MULTILINE)
        assert secret
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "HOST")}
        env |= {"PORT": str(port), "WORKER_CONCURRENCY": "2", secret[1]: secret[2], "SECRETS_KEY": "MTIz" * 10 + "MTI="}
        process = subprocess.Popen(
            [sys.executable, "-m", "app.scripts.run"], cwd=home / "backend", env=env, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout
            assert any(line.startswith("curl ") for line in process.stdout), "make run ended"
            yield Project(home, port, ports)
        finally:
            process.terminate()
            process.communicate(timeout=20)
            embedded.remove(home / ".data")


def copied(home: Path) -> Path:
    """A copy of the project with the handlers that the pages show."""
    ignored = shutil.ignore_patterns("*.egg-info", ".*_cache", ".hypothesis")
    shutil.copytree(BACKEND, home / "backend", ignore=ignored)
    shutil.copytree(ROOT / "workflows", home / "workflows")
    (home / ".venv").symlink_to(ROOT / ".venv")
    home.chmod(0o711)
    handlers = home / "backend" / "app" / "engine" / "handlers"
    for block in ALL:
        if block.file and block.file.startswith("backend/"):
            (home / block.file).write_text(block.text)
    (handlers / "cool_down.py").write_text(COOLING.format(part=part("class CoolDown")))
    (handlers / "older.py").write_text(OLDER.format(part=part("    def execute(").replace("60", "0.3")))
    (handlers / "ruled.py").write_text(RULED.format(part=part("    verbatim = ")))
    (handlers / "halted.py").write_text(HALTED)
    with (handlers.parent / "orchestrator.py").open("a") as orchestrator:
        orchestrator.write("\n" + part("from .handlers.my_node"))
    return home


def run_commands_of_page(project: Project, name: str) -> None:
    page = PAGES[name]
    with terminal(project.folder) as opened:
        for number, block in enumerate(page):
            if block.file and not block.file.startswith("backend/"):
                (project.folder / block.file).parent.mkdir(exist_ok=True)
                (project.folder / block.file).write_text(project.localised(block.text))
            if block.language in SHELL and not ELSEWHERE.search(block.text):
                following = page[number + 1] if number + 1 < len(page) else None
                run(opened, project.localised(commands_in(block)), block, answer_to(block, following))
                await_services(project, block)
            if block.language == "sql":
                run(opened, f'{CONNECT}psql "$DATABASE_URL" -v ON_ERROR_STOP=1 <<SQL\n{block.text}SQL', block, None)


def await_services(project: Project, block: Block) -> None:
    """Wait until the services that a block has started in the background accept connections."""
    for file in re.findall(r"^python3 (\S+) .*&$", block.text, re.MULTILINE):
        (port,) = re.findall(r'\("127\.0\.0\.1", (\d+)\)', (project.folder / file).read_text())
        assert wait_until(lambda port=port: is_taken("127.0.0.1", int(port)), seconds=PATIENCE), block  # type: ignore[misc]


CONNECT = "set -a; source .data/stack.env; PATH=$PATH:$(echo $PWD/.venv/lib/python*/site-packages/*/pginstall/bin)\n"


def commands_in(block: Block) -> str:
    """The commands of a block; those of a console follow a dollar sign and may have several lines."""
    if block.language != "console":
        return block.text
    return "\n".join(re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, re.MULTILINE))


def answer_to(block: Block, following: Block | None) -> str | None:
    """What a page shows as the answer of a block, if anything."""
    if block.language == "console":
        return re.sub(r"^\$ (?:.*\\\n)*.*\n", "", block.text, flags=re.MULTILINE)
    is_answer = following and following.file is None and following.language in ("json", "text")
    return following.text if following and is_answer else None


def run(opened: Terminal, command: str, block: Block, shown: str | None) -> None:
    """Run a block; one that only reads is repeated until it gives what the page shows, as a reader would."""
    printed: list[str] = []

    def succeeded() -> bool:
        printed.append(opened.run(command))
        variables = re.findall(r"^(\w+)=\$\(", command, re.MULTILINE)
        values = [opened.run(f'printf "%s" "${variable}"') for variable in variables]
        return not {"", "null"} & set(values) and (shown is None or answers(printed[-1], shown))

    found = succeeded() if EFFECT.search(command) else wait_while_answers_change(succeeded, printed)
    errors = opened.errors()
    assert found, f"{block} printed\n{printed[-1]}\n{errors[-2000:]}\nThe page shows\n{shown}"
    assert not re.search(r"command not found|No such file|Traceback|ERROR:", errors), f"{block}\n{errors}"


def wait_while_answers_change(succeeded: Callable[[], bool], printed: list[str]) -> bool:
    """Wait until a command succeeds; False once it has printed the same for as long as ``PATIENCE``."""
    for _ in range(MOST_CHANGES):
        if wait_until(succeeded, seconds=PATIENCE, interval=INTERVAL):
            return True
        if len(set(printed)) == 1:
            return False
        del printed[:-1]
    return False


def answers(printed: str, shown: str) -> bool:
    """True if the last values, or the lines, that a command has printed are those that the page shows."""
    if shown.lstrip()[:1] not in ("{", "[", '"') and shown.strip() not in ("true", "false"):
        return is_text_like(shown, printed)
    try:
        wanted, found = values_in(shown), values_in(printed)
    except ValueError:
        return False
    return len(found) >= len(wanted) and is_like(wanted, found[-len(wanted) :])


@pytest.mark.parametrize("block", [pytest.param(block, id=str(block)) for block in ALL])
def test_block_has_a_known_language_and_its_syntax(block: Block) -> None:
    assert block.language in (*SHELL, *SUFFIXES, *PLAIN, "sql")

    if block.language == "python":
        ast.parse(textwrap.dedent(block.text.replace("…", "...")))
    if block.language == "json":
        assert values_in(block.text)
    if block.language in ("sh", "bash"):
        subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


def check_rules_and_nodes(project: Project) -> None:
    shown = [value for block in ALL if block.language == "json" for value in values_in(block.text)]
    nodes = [value for value in shown if isinstance(value, dict) and {"id", "type", "data"} == set(value)]
    rules = [value for value in shown if isinstance(value, dict) and set(value) <= {"and", "or", "==", ">"}]
    start = {"id": "start", "type": "start"}

    for node in nodes:
        graph = {"nodes": [start, node], "edges": [{"source": "start", "target": node["id"]}]}
        checked = project.post("/workflows/validate", {"name": "Shown", "graph": graph})
        # The paths of events depend on the examples that have run before.
        warnings = [each for each in checked["warnings"] if each["code"] != "PATH_NEVER_SEEN"]
        assert (checked["errors"], warnings) == ([], []), node
    for rule in rules:
        checked = project.post("/workflows/validate", {"name": "Shown", "trigger": rule, "graph": {"nodes": [start]}})
        assert checked["errors"] == [], rule
    assert len(nodes) >= 1
    assert len(rules) >= 1


def check_handlers(project: Project) -> None:
    greeted = project.run_graph({}, type="my_custom_task", data={"who": "Ada"})
    totalled = project.run_graph(
        {}, type="python_function", data={"function": "orders.total", "args": [[{"price": 2}, {"price": 3}]]}
    )
    ruled = project.run_graph({"n": 2}, type="ruled", data={"condition": {">": [{"var": "n"}, 1]}})
    mine = project.run_graph({}, type="my_node")

    outputs = [project.finish(execution)["output"] for execution in (greeted, totalled, ruled, mine)]

    assert outputs == [{"greeting": "Hello Ada"}, 5, True, {"ok": True}]


def check_waiting_handlers(project: Project) -> None:
    cooled = project.run_graph({"temp": 30.005}, type="cool_down")
    older = project.run_graph({}, type="older")
    halted = project.run_graph({}, type="halted")
    assert wait_until(lambda: status_of(project, halted) == "WAITING", seconds=PATIENCE)

    resume = f"exec_id, node_id = {halted!r}, 'a'\n{part('from app.engine.orchestrator import execute_node')}"
    with terminal(project.folder) as opened:
        opened.run("set -a; source .data/stack.env")
        printed = opened.run(f"cd backend; {sys.executable} - <<'PY'\n{resume}\nPY")

    assert printed == ""
    assert project.finish(cooled)["output"] == {"waited": pytest.approx(0.3)}
    assert project.finish(older)["output"] == {"waited": 0.3}
    assert project.finish(halted)["output"] == {"halted": True}


def status_of(project: Project, execution: str) -> str | None:
    steps = project.get(f"/executions/{execution}/steps")
    return next((str(step["status"]) for step in steps if step["node_id"] == "a"), None)


def run_test_of_the_guide(project: Project) -> None:
    (command,) = [block.text for block in GUIDE if block.text.startswith("make test TESTS=")]
    path = command.strip().partition("backend/")[2]

    with terminal(project.folder) as opened:
        printed = opened.run(f"cd backend; {sys.executable} -m pytest -q -p no:cacheprovider {path} 2>&1")

    assert "3 passed" in printed, printed


def add_node_type_by_package(project: Project) -> None:
    (api,) = [block.text for block in GUIDE if "uvicorn" in block.text]
    (worker,) = [block.text for block in GUIDE if "celery -A shop" in block.text]
    for block in GUIDE:
        if block.file and block.file.startswith("shop/"):
            (project.folder / "shop").mkdir(exist_ok=True)
            (project.folder / block.file).write_text(block.text)
    port = project.ports["8001"]

    with terminal(project.folder) as opened:
        opened.run(project.localised(api).rstrip() + " > shop-api.log 2>&1 &")
        opened.run(f"{worker.rstrip()} -n shop@%h > shop-worker.log 2>&1 &")

        types = f"curl -s localhost:{port}/node-types | jq -r '.[].type'"

        def is_listed() -> bool:
            return "hello" in opened.run(types).split()

        def is_ready() -> bool:
            return "shop@" in opened.run("grep ready shop-worker.log")

        assert wait_until(is_listed, seconds=START_TIMEOUT, interval=INTERVAL), opened.run("cat shop-api.log")
        assert wait_until(is_ready, seconds=START_TIMEOUT, interval=INTERVAL)


def test_parts_of_the_benchmarks_exist() -> None:
    (command,) = [block.text for block in PAGES["benchmarks.md"] if "-m benchmarks" in block.text]
    known = (BACKEND / "benchmarks" / "__main__.py").read_text()

    modules = re.findall(r"-m benchmarks\.(\w+)", command)
    parts = re.findall(r"-m benchmarks (\w+)", command)

    assert len(modules) + len(parts) == len(command.splitlines()) - 1
    assert [name for name in modules if not (BACKEND / "benchmarks" / f"{name}.py").exists()] == []
    assert [name for name in parts if f'"{name}"' not in known] == []


def test_examples_run_on_one_stack(project: Project) -> None:
    """One test, so that the stack is started once even if pytest-xdist spreads the tests over several processes."""
    checks: dict[str, Callable[[Project], None]] = {
        **{name: partial(run_commands_of_page, name=name) for name in PAGES},
        "rules and nodes": check_rules_and_nodes,
        "handlers": check_handlers,
        "waiting handlers": check_waiting_handlers,
        "test of the guide": run_test_of_the_guide,
        "package": add_node_type_by_package,
    }
    failures = {}

    for name, check in checks.items():
        try:
            check(project)
        except AssertionError as failure:
            failures[name] = str(failure)

    assert not failures, "\n\n".join(f"{name}: {failure}" for name, failure in failures.items())

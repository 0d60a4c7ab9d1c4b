"""The supervisor: what ends is started again, later each time."""

from __future__ import annotations

from pathlib import Path

from app.scripts.stack.processes import CannotStart, Child, Program, wait_until
from app.scripts.stack.services import Service
from app.scripts.stack.supervisor import LONGEST_DELAY, Supervisor, restart_delay
from tests.stack.processes_seen import is_running


def failing_program(folder: Path) -> Program:
    return Program("The failing", ["/bin/sh", "-c", "exit 3"], log=folder / "failing.log")


class NeverReady:
    """A server whose start fails each time."""

    def __init__(self, program: Program) -> None:
        self.child = Child(program)
        self.child.process.wait()
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        raise CannotStart("It is not ready.")


def test_restart_delay_doubles_up_to_its_limit() -> None:
    delays = [restart_delay(restarts) for restarts in range(8)]

    assert delays == [0, 1, 2, 4, 8, 16, LONGEST_DELAY, LONGEST_DELAY]
    assert restart_delay(10_000) == LONGEST_DELAY


def test_process_that_keeps_ending_waits_longer_each_time(tmp_path: Path) -> None:
    reports: list[str] = []
    service = Service(failing_program(tmp_path))
    supervisor = Supervisor([service], report=reports.append)

    def has_reported_thrice() -> bool:
        supervisor.check()
        return len(reports) == 3

    assert wait_until(has_reported_thrice, seconds=30)
    service.child.kill()
    remedy = f"If it keeps ending, read {tmp_path}/failing.log for the cause."
    assert reports == [
        f"The failing ended with status 3; starting it again {when}. {remedy}" for when in ("now", "in 1 s", "in 2 s")
    ]


def test_failed_start_is_tried_again(tmp_path: Path) -> None:
    reports: list[str] = []
    server = NeverReady(failing_program(tmp_path))
    supervisor = Supervisor([server], report=reports.append)

    def has_started_twice() -> bool:
        supervisor.check()
        return server.starts == 2

    assert wait_until(has_started_twice, seconds=30)
    assert len(reports) == 2


def test_process_that_waits_for_its_restart_delays_no_other(tmp_path: Path) -> None:
    sleeper = Service(Program("The sleeper", ["/bin/sleep", "600"], log=tmp_path / "sleeper.log"))
    reports: list[str] = []
    supervisor = Supervisor([NeverReady(failing_program(tmp_path)), sleeper], report=reports.append)
    first = sleeper.child.pid
    sleeper.child.kill()

    def has_restarted() -> bool:
        supervisor.check()
        return sleeper.child.pid != first

    assert wait_until(has_restarted, seconds=30)
    assert wait_until(lambda: is_running(sleeper.child.pid), seconds=30)
    sleeper.child.kill()

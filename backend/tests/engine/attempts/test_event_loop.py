"""The event loop of handlers: time limits, handlers that misbehave, and a loop that is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any

import pytest

from app.engine.attempts import event_loop
from app.engine.attempts.event_loop import HandlerExit, HandlerLoop, LoopBlocked, LoopLost
from app.engine.deadlines import CallTimeout
from app.scripts.stack.processes import wait_until
from app.settings import BACKEND

#: What a call does.
Make = Callable[[], Coroutine[Any, Any, Any]]


def run(loop: HandlerLoop, make: Make, *, seconds: float = 30, node: str = "a") -> Any:
    """Return what the call returns; raise what it raises."""
    ended: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    label = {"execution": "e1", "node": node, "type": "slow"}
    loop.start(lambda: (make(), seconds), label=label, done=lambda answer, error: ended.put((answer, error)))
    answer, error = ended.get(timeout=30)
    if error is not None:
        raise error
    return answer


@pytest.fixture
def loop() -> HandlerLoop:
    return HandlerLoop()


def start(loop: HandlerLoop, make: Make, outcomes: list[Any], *, seconds: float = 30, node: str = "a") -> None:
    """Run a call in the background; its answer or its error is appended."""

    def done(answer: Any, error: BaseException | None) -> None:
        outcomes.append(answer if error is None else type(error))

    loop.start(lambda: (make(), seconds), label={"execution": "e1", "node": node, "type": "slow"}, done=done)


def test_calls_wait_side_by_side(loop: HandlerLoop) -> None:
    both = asyncio.Event()
    outcomes: list[Any] = []

    async def second() -> str:
        both.set()
        return "second"

    async def first() -> str:
        await both.wait()
        return "first"

    start(loop, first, outcomes)
    start(loop, second, outcomes)

    assert wait_until(lambda: sorted(outcomes) == ["first", "second"], seconds=20)
    assert loop.running == 0


def test_late_call_is_cancelled_and_may_clean_up(loop: HandlerLoop) -> None:
    cleaned = []

    async def late() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            cleaned.append(True)

    with pytest.raises(CallTimeout):
        run(loop, late, seconds=0.05)

    assert cleaned == [True]


def test_call_that_ignores_its_cancellation_is_left(
    loop: HandlerLoop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_loop, "CLEANUP", 0.05)

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    with pytest.raises(CallTimeout):
        run(loop, stubborn, seconds=0.05)

    assert "goes on although it was cancelled" in caplog.text


def test_exit_ends_only_its_own_call(loop: HandlerLoop) -> None:
    outcomes: list[Any] = []
    released = asyncio.Event()

    async def waiting() -> str:
        await released.wait()
        return "waited"

    async def leaving() -> None:
        released.set()
        raise SystemExit(3)

    start(loop, waiting, outcomes)
    with pytest.raises(HandlerExit):
        run(loop, leaving)

    assert wait_until(lambda: outcomes == ["waited"], seconds=20)


def test_call_that_blocks_the_loop_is_named(loop: HandlerLoop, caplog: pytest.LogCaptureFixture) -> None:
    async def blocking() -> str:
        time.sleep(2 * event_loop.BLOCKED_AFTER)
        return "at last"

    assert run(loop, blocking, node="blocker") == "at last"

    (record,) = [record for record in caplog.records if "has blocked the event loop" in record.getMessage()]
    assert {"execution": "e1", "node": "blocker", "type": "slow"}.items() <= vars(record).items()
    assert "test_event_loop.py" in record.getMessage()


def test_timeout_ends_a_call_that_blocks_in_python(loop: HandlerLoop) -> None:
    outcomes: list[Any] = []

    async def waiting() -> str:
        await asyncio.sleep(0.5)
        return "waited"

    async def spinning() -> None:
        while True:
            pass

    start(loop, waiting, outcomes)
    with pytest.raises(CallTimeout):
        run(loop, spinning, seconds=0.2)

    assert wait_until(lambda: outcomes == ["waited"], seconds=20)


def test_loop_that_blocks_in_c_is_left(loop: HandlerLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "ABANDON_AFTER", 0.1)
    outcomes: list[Any] = []

    async def waiting() -> None:
        await asyncio.sleep(60)

    async def sleeping() -> None:
        time.sleep(5)

    start(loop, waiting, outcomes)
    with pytest.raises(CallTimeout):
        run(loop, sleeping, seconds=0.1)

    assert wait_until(lambda: outcomes == [LoopLost], seconds=20)
    assert run(loop, _answer) == "answer"


def test_loop_that_ends_is_replaced(loop: HandlerLoop) -> None:
    async def stopping() -> None:
        asyncio.get_running_loop().stop()
        await asyncio.sleep(60)

    with pytest.raises(LoopLost):
        run(loop, stopping)

    assert run(loop, _answer) == "answer"


async def _answer() -> str:
    return "answer"


def test_handler_may_block_only_for_a_while(loop: HandlerLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "MAX_BLOCK", 1.2)

    async def spinning() -> None:
        while True:
            pass

    with pytest.raises(LoopBlocked):
        run(loop, spinning, seconds=600)


def test_block_in_c_is_limited_too(loop: HandlerLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "MAX_BLOCK", 1.2)
    monkeypatch.setattr(event_loop, "ABANDON_AFTER", 0.1)
    outcomes: list[Any] = []

    async def waiting() -> None:
        await asyncio.sleep(60)

    async def blocking() -> None:
        time.sleep(5)

    start(loop, waiting, outcomes, seconds=600, node="b")
    with pytest.raises(LoopBlocked):
        run(loop, blocking, seconds=600)

    assert wait_until(lambda: outcomes == [LoopLost], seconds=20)


def test_timeouts_of_others_hold_while_the_loop_is_blocked(loop: HandlerLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "CLEANUP", 0.1)
    outcomes: list[Any] = []

    async def waiting() -> None:
        await asyncio.sleep(60)

    async def blocking() -> list[Any]:
        until = time.monotonic() + 20
        while not outcomes and time.monotonic() < until:
            pass
        return list(outcomes)

    start(loop, waiting, outcomes, seconds=0.2, node="b")

    assert run(loop, blocking) == [CallTimeout]


def test_loop_survives_a_process_that_was_frozen(loop: HandlerLoop) -> None:
    outcomes: list[Any] = []
    done = asyncio.Event()

    async def waiting() -> str:
        await done.wait()
        return "waited"

    async def ending() -> str:
        done.set()
        return "ended"

    start(loop, waiting, outcomes, seconds=600)
    assert wait_until(lambda: loop.running == 1, seconds=20)
    assert loop._turns is not None
    # As after a freeze: the last beat is long ago when the process goes on.
    loop._turns._beat_at -= 3600

    assert run(loop, ending) == "ended"

    assert wait_until(lambda: outcomes == ["waited"], seconds=20)


READ_FRAMES = """
import gc, os, threading
from app.engine.attempts.event_loop import read_frames

ended = threading.Event()
for _ in range(50):
    threading.Thread(target=ended.wait, daemon=True).start()
gc.set_threshold(10)
for _ in range(200):
    for _ in range(20):
        garbage = {"value": threading.local()}
        garbage["value"].x, garbage["self"] = 1, garbage
    read_frames()
assert gc.isenabled()
os._exit(0)
"""


def test_frames_are_read_while_there_is_garbage() -> None:
    subprocess.run([sys.executable, "-c", READ_FRAMES], cwd=BACKEND, timeout=60, check=True)

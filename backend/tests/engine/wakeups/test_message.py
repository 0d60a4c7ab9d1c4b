"""Wake-ups packed into messages."""

from __future__ import annotations

from app.engine.wakeups.message import LARGEST, PARTS, WakeUp, fold


def test_many_ready_steps_of_an_execution_share_few_wake_ups() -> None:
    big = [WakeUp("big", f"b{number}", 1) for number in range(10_000)]

    assert fold([*big, WakeUp("small", "a", 1)]) == [WakeUp("small", "a", 1), *[WakeUp("big")] * PARTS]


def test_few_ready_steps_keep_their_wake_ups() -> None:
    few = [WakeUp("big", f"b{number}", 1) for number in range(LARGEST)]

    assert fold([*few, WakeUp("big", queue="gpu")]) == [*few, WakeUp("big", queue="gpu")]


def test_wake_ups_of_other_queues_are_folded_apart() -> None:
    steps = [WakeUp("big", f"b{number}", 1, queue=queue) for number in range(100) for queue in (None, "gpu")]

    assert set(fold(steps)) == {WakeUp("big"), WakeUp("big", queue="gpu")}

"""Wake-ups packed into messages."""

from __future__ import annotations

from time import monotonic

from app.engine.wakeups.message import (
    LARGEST,
    MANY,
    PARTS,
    RESUME_IN,
    WakeUp,
    fold,
    longest_countdown,
    pack_messages,
)


def test_many_ready_steps_of_an_execution_share_few_wake_ups() -> None:
    big = [WakeUp("big", f"b{number}", 1) for number in range(10_000)]

    assert fold([*big, WakeUp("small", "a", 1)]) == [WakeUp("small", "a", 1), *[WakeUp("big")] * PARTS]


def test_few_ready_steps_keep_their_wake_ups() -> None:
    few = [WakeUp("big", f"b{number}", 1) for number in range(MANY)]

    assert fold([*few, WakeUp("big", queue="gpu")]) == [*few, WakeUp("big", queue="gpu")]


def test_wake_ups_of_other_queues_are_folded_apart() -> None:
    steps = [WakeUp("big", f"b{number}", 1, queue=queue) for number in range(100) for queue in (None, "gpu")]

    assert set(fold(steps)) == {WakeUp("big"), WakeUp("big", queue="gpu")}


def test_wake_ups_that_are_due_together_share_a_message() -> None:
    due = [WakeUp(str(number), "wait", 1, 2.0 + number / 20_000) for number in range(LARGEST + 1)]
    later = WakeUp("later", "wait", 1, 2.1)

    assert list(pack_messages([later, *due])) == [due[:LARGEST], due[LARGEST:], [later]]


def test_wake_ups_due_one_after_another_have_own_messages() -> None:
    waits = [WakeUp(str(number), "wait", 1, 1.0 + number * 0.004) for number in range(3)]

    assert list(pack_messages(waits)) == [[wait] for wait in waits]


def test_countdowns_are_packed_by_their_ends() -> None:
    now = monotonic()
    waits = [WakeUp("first", "wait", 1, 10.0, None, now - 5.0), WakeUp("second", "wait", 1, 5.001, None, now)]

    assert list(pack_messages([*reversed(waits), WakeUp("third", "wait", 1, 10.0, None, now)])) == [
        waits,
        [WakeUp("third", "wait", 1, 10.0, None, now)],
    ]


def test_time_since_a_countdown_began_is_not_waited_again() -> None:
    now = monotonic()

    left = longest_countdown([WakeUp("a", "wait", 1, 100.0, None, now - 60.0), WakeUp("b", "wait", 1, 20.0)])

    assert left is not None
    assert 20.0 < left <= 40.0
    assert longest_countdown([WakeUp("a", "wait", 1, 1.0, None, now - 60.0), WakeUp("b")]) is None


def test_wake_ups_that_resume_steps_have_own_messages() -> None:
    resumed = [WakeUp(str(number), "wait", 1, RESUME_IN) for number in range(3)]

    assert list(pack_messages(resumed)) == [[each] for each in resumed]


def test_executions_are_spread_evenly_over_messages() -> None:
    begin = [WakeUp(str(number)) for number in range(LARGEST + 1)]

    assert [len(message) for message in pack_messages(begin)] == [16, 17]

"""Room for handlers: by kind, by execution, and beside steps that need isolation."""

from __future__ import annotations

from app.engine.attempts.runners import Room
from app.engine.registry import Way


def take(room: Room, count: int, way: Way = Way.LOOP) -> int:
    """How many of ``count`` handlers start."""
    return sum(room.take(way) for _ in range(count))


def test_plain_handlers_have_less_room_than_others() -> None:
    room = Room(running=10, most=100, plain=5)

    assert take(room, 200, Way.THREAD) == 5
    assert take(room, 200) == 85
    assert room.left == 0


def test_part_takes_from_the_whole() -> None:
    whole = Room(running=90, most=100, plain=32)
    part = Room(running=0, most=75, plain=24, whole=whole)

    assert take(part, 200) == 10
    assert (whole.left, part.left) == (0, 0)


def test_part_has_no_more_than_its_share() -> None:
    whole = Room(most=100, plain=32)

    assert take(Room(running=5, most=75, plain=24, whole=whole), 200) == 70
    assert whole.left == 30


def test_step_to_isolate_waits_until_few_run() -> None:
    assert not Room(running=3, most=100, plain=32).take(Way.LOOP, isolation=3)
    assert Room(running=2, most=100, plain=32).take(Way.LOOP, isolation=3)


def test_few_start_beside_an_isolated_step() -> None:
    room = Room(running=1, most=100, plain=32)

    assert room.take(Way.LOOP, isolation=4)
    assert take(room, 200) == 2


def test_none_starts_while_a_step_waits_to_be_alone() -> None:
    room = Room(running=0, most=100, plain=32, reserved=1)

    assert not room.take(Way.LOOP)
    assert room.take(Way.LOOP, isolation=1)


def test_one_that_computes_starts_beside_all_others() -> None:
    room = Room(running=10, most=100, plain=0, computing=1)

    assert take(room, 5, Way.COMPUTE) == 1
    assert take(room, 200) == 89

"""Items that come together are committed together, and none waits for more than one commit of others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from app.api.group_commit import LARGEST, MOST_BYTES, GroupCommit


class Commits:
    """Commits that wait until they are let go; the outcome of an item is the item in capitals."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)

    def __call__(self, items: Sequence[str]) -> list[str | Exception]:
        self.groups.append(list(items))
        self.begun.release()
        self.let_go.acquire()
        return [ValueError(item) if item.startswith("bad") else item.upper() for item in items]


@contextmanager
def grouped(commits: Callable[[Sequence[str]], Sequence[str | Exception]]) -> Iterator[GroupCommit[str, str]]:
    group: GroupCommit[str, str] = GroupCommit(commits, len, name="test")
    try:
        yield group
    finally:
        group.close()


async def begun(commits: Commits) -> None:
    await asyncio.to_thread(commits.begun.acquire)


def test_items_that_come_meanwhile_are_one_group() -> None:
    commits = Commits()

    async def run(group: GroupCommit[str, str]) -> list[str]:
        first = asyncio.create_task(group.submit("a"))
        await begun(commits)
        others = [asyncio.create_task(group.submit(item)) for item in "bcd"]
        await asyncio.sleep(0)
        commits.let_go.release(10)
        return await asyncio.gather(first, *others)

    with grouped(commits) as group:
        outcomes = asyncio.run(run(group))

    assert outcomes == ["A", "B", "C", "D"]
    assert commits.groups == [["a"], ["b", "c", "d"]]


def test_error_of_one_item_is_its_own() -> None:
    commits = Commits()
    commits.let_go.release(10)

    with grouped(commits) as group:
        a, bad, c = asyncio.run(group_all(group, ["a", "bad", "c"]))

    assert (a, str(bad), c) == ("A", "bad", "C")


async def group_all(group: GroupCommit[str, str], items: list[str]) -> list[str | BaseException]:
    return await group.submit_all(items)


def test_commit_that_hangs_does_not_hold_up_later_items() -> None:
    commits = Commits()

    async def run(group: GroupCommit[str, str]) -> list[list[str]]:
        tasks = [asyncio.create_task(group.submit("hangs"))]
        await begun(commits)
        tasks += [asyncio.create_task(group.submit(item)) for item in "ab"]
        await begun(commits)
        tasks.append(asyncio.create_task(group.submit("c")))
        await begun(commits)
        groups = list(commits.groups)
        commits.let_go.release(10)
        await asyncio.gather(*tasks)
        return groups

    with grouped(commits) as group:
        groups = asyncio.run(run(group))

    assert groups == [["hangs"], ["a", "b"], ["c"]]


def test_error_of_the_commit_is_that_of_each_item() -> None:
    def fail(items: Sequence[str]) -> Sequence[str | Exception]:
        raise ConnectionError("gone")

    with grouped(fail) as group:
        outcomes = asyncio.run(group_all(group, ["a", "b"]))
        again = asyncio.run(group_all(group, ["c"]))

    assert [type(each) for each in (*outcomes, *again)] == [ConnectionError] * 3


@pytest.mark.parametrize(
    ("items", "sizes"),
    [
        (["x"] * (LARGEST + 1), [LARGEST, 1]),
        (["x" * (MOST_BYTES // 2)] * 3, [2, 1]),
        (["x" * (MOST_BYTES + 1)] * 2, [1, 1]),
    ],
)
def test_group_has_a_limit(items: list[str], sizes: list[int]) -> None:
    commits = Commits()
    commits.let_go.release(10)

    with grouped(commits) as group:
        asyncio.run(group_all(group, items))

    assert [len(each) for each in commits.groups] == sizes


def test_request_that_is_given_up_does_not_stop_the_others() -> None:
    commits = Commits()

    async def run(group: GroupCommit[str, str]) -> str:
        first = asyncio.create_task(group.submit("a"))
        await begun(commits)
        given_up, kept = (asyncio.create_task(group.submit(item)) for item in "bc")
        await asyncio.sleep(0)
        given_up.cancel()
        commits.let_go.release(10)
        await first
        return await kept

    with grouped(commits) as group:
        assert asyncio.run(run(group)) == "C"

"""A question to a silent server: nobody waits longer than asked for, and one thread asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.engine.wakeups.cached_question import CachedQuestion
from app.scripts.stack.processes import wait_until


class Server:
    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked = 0

    def ask(self, key: str) -> str:
        self.asked += 1
        self.answers.wait(30)
        return key.upper()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.answers.set()


def test_get_does_not_wait_for_a_silent_server(server: Server) -> None:
    question = CachedQuestion(server.ask, name="test")

    assert [question.get("a") for _ in range(100)] == [None] * 100
    assert wait_until(lambda: server.asked == 1, seconds=10)


def test_wait_ends_after_its_timeout(server: Server) -> None:
    question = CachedQuestion(server.ask, name="test")

    assert [question.wait("a", 0.01) for _ in range(10)] == [None] * 10
    assert server.asked == 1


def test_answer_is_kept_and_renewed(server: Server) -> None:
    question = CachedQuestion(server.ask, name="test", max_age=0.05)
    server.answers.set()

    assert question.wait("a", 10) == "A"
    assert question.get("a") == "A"
    assert wait_until(lambda: question.get("a") == "A" and server.asked > 1, seconds=10)


def test_old_answer_of_a_server_that_fell_silent_expires(server: Server) -> None:
    question = CachedQuestion(server.ask, name="test", max_age=0.0, expires_after=0.2)
    server.answers.set()
    question.wait("a", 10)
    server.answers.clear()

    assert wait_until(lambda: question.get("a") is None, seconds=10)


def test_failed_question_answers_nothing_at_once() -> None:
    def refuse(key: None) -> bool:
        raise ConnectionError

    assert CachedQuestion(refuse, name="test").wait(None, 30) is None

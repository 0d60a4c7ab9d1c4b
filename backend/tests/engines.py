"""Pools of connections that no thread can use after the test that made them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from sqlalchemy import Engine, event


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    """
    The engine, until the end of the block.

    A thread that a test has left, such as one that renews leases, would connect again to a database that the next test
    has got. It ends instead, with its first attempt.
    """
    try:
        yield engine
    finally:
        event.listen(engine, "do_connect", refuse)
        engine.dispose()


def refuse(*_: Any) -> NoReturn:
    if threading.current_thread() is not threading.main_thread():
        raise SystemExit
    raise AssertionError("The test that made this engine has ended.")

"""Blocking calls in threads of their own, for code that runs on an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def run_in_thread(call: Callable[[], T], *, name: str) -> T:
    """
    Return what ``call`` returns, or raise what it raises, in a new thread, which is left alone if this is cancelled.

    Not in the loop's executor: its few threads are shared, and one call that hangs keeps one of them for long.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def finish(result: Any, error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, failed = None, None
        try:
            result = call()
        except Exception as error:
            failed = error
        with suppress(RuntimeError):  # The loop has been closed in the meantime.
            loop.call_soon_threadsafe(finish, result, failed)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future

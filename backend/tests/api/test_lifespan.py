"""The app starts and stops."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from app.api.app import create_app, lifespan
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.settings import Settings
from tests.api.client import make_app_context


def test_wake_ups_are_sent_before_the_api_stops(settings: Settings) -> None:
    sent: list[WakeUp] = []

    def send_slowly(wake_ups: list[WakeUp]) -> None:
        threading.Event().wait(0.2)
        sent.extend(wake_ups)

    publisher = Publisher(send_slowly)
    context = make_app_context(settings, lambda wake_ups: None, lambda: None, lambda: True)
    app = create_app(replace(context, engine_context=replace(context.engine_context, publisher=publisher)))

    async def serve() -> None:
        async with lifespan(app):
            publisher.put([WakeUp("x")])

    asyncio.run(serve())

    assert sent == [WakeUp("x")]

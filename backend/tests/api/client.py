"""An API on a port, and its client: real HTTP, a real Postgres, and a list in place of the workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import requests
import uvicorn
from fastapi import FastAPI

from app.api.app import create_app
from app.api.dependencies import AppContext
from app.api.http.protocol import BoundedProtocol
from app.engine import handlers
from app.engine.config import EngineConfig, EngineContext
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import discover
from app.engine.wakeups.message import WakeUp
from app.engine.wakeups.publisher import Publisher
from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.orm import make_sessions
from app.triggers.triggers import TriggerCache
from app.why.fields import RecentPaths
from app.why.past import PastTriggers

#: Stands in ``woken`` where workers would have been asked to match events.
MATCH = WakeUp("match")


class RecordingPublisher(Publisher):
    """Hands wake-ups over at once, on the thread of the request."""

    def __init__(self, wake: Callable[[Iterable[WakeUp]], None], match: Callable[[], None]) -> None:
        super().__init__(wake, match)
        self._wake, self._match = wake, match

    def put(self, wake_ups: Iterable[WakeUp]) -> None:
        self._wake(wake_ups)

    def match(self) -> None:
        self._match()


class Api(requests.Session):
    """A client of one API process; ``woken`` has the wake-ups that workers would have got."""

    def __init__(self, url: str, woken: list[WakeUp], app: FastAPI | None = None) -> None:
        super().__init__()
        self.url = url
        self.woken = woken
        #: The app, where it runs on a thread of this process.
        self.app = app

    def renew(self) -> Api:
        """A new client of the same process, which forgets all workflows: for a database that was emptied."""
        assert self.app is not None
        context: AppContext = self.app.state.context
        caches = {"workflows": WorkflowCache(context.registry), "triggers": TriggerCache()}
        self.app.state.context = replace(context, engine_context=replace(context.engine_context, **caches))
        self.app.state.past, self.app.state.recent_paths = PastTriggers(), RecentPaths()
        self.woken.clear()
        return Api(self.url, self.woken, self.app)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, self.url + url if url.startswith("/") else url, *args, **kwargs)

    def save(self, **body: Any) -> dict[str, Any]:
        """A saved workflow, which matches every event by default."""
        response = self.post("/workflows", json={"name": "w", "trigger": True, "graph": NOTE, **body})
        assert response.status_code == 201, response.text
        workflow: dict[str, Any] = response.json()
        return workflow

    def fire(self, payload: Any = None, **kwargs: Any) -> dict[str, Any]:
        """The answer to an event."""
        response = self.post("/events", json={} if payload is None else payload, **kwargs)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


#: start ─▶ note
NOTE: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "note", "type": "send_notification", "data": {"toRole": "AE", "message": "Hello"}},
    ],
    "edges": [{"id": "e1", "source": "start", "target": "note"}],
}

#             ┌─▶ get_user ──┐
#   input ────┤              ├─▶ output
#             └─▶ get_posts ─┘
FETCHER: dict[str, Any] = {
    "name": "Parallel API Fetcher",
    "dag": {
        "nodes": [
            {"id": "input", "handler": "input", "dependencies": []},
            {
                "id": "get_user",
                "handler": "call_external_service",
                "dependencies": ["input"],
                "config": {"url": "http://api.example.com/user"},
            },
            {
                "id": "get_posts",
                "handler": "call_external_service",
                "dependencies": ["input"],
                "config": {"url": "http://api.example.com/posts"},
            },
            {"id": "output", "handler": "output", "dependencies": ["get_user", "get_posts"]},
        ]
    },
}


@contextmanager
def running_api(
    settings: Settings,
    broker_alive: Callable[[], bool] = lambda: True,
    wake: Callable[[Iterable[WakeUp]], None] | None = None,
    protocol: type[BoundedProtocol] = BoundedProtocol,
) -> Iterator[Api]:
    woken: list[WakeUp] = []
    asked = partial(woken.append, MATCH)
    app = create_app(make_app_context(settings, wake or woken.extend, asked, broker_alive))
    config = uvicorn.Config(app, port=0, http=protocol, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "The API did not start."
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with Api(f"http://127.0.0.1:{port}", woken, app) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def make_app_context(
    settings: Settings,
    wake: Callable[[Iterable[WakeUp]], None],
    match: Callable[[], None],
    broker_alive: Callable[[], bool],
) -> AppContext:
    registry = discover(handlers)
    context = EngineContext(
        engine=make_engine(settings),
        workflows=WorkflowCache(registry),
        triggers=TriggerCache(),
        publisher=RecordingPublisher(wake, match),
        config=EngineConfig(grace=settings.wake_up_grace, queues=settings.queues),
    )
    return AppContext(
        settings=settings,
        engine_context=context,
        sessions=make_sessions(context.engine),
        registry=registry,
        broker_alive=broker_alive,
    )

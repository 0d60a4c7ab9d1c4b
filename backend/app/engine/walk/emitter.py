"""Events that steps post: once per visit, with their cause, and up to a limit of depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.engine.attempts.attempt import StepContext
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath, aftermath_of
from app.engine.walk.descendants import TOO_MANY, describe_excess
from app.errors import InvalidInput, StepFailed
from app.graph.engine_events import check_event_type
from app.graph.names import listed, quote
from app.storage.availability import retry_while_disconnected
from app.storage.causes import list_causes
from app.storage.clock import clock
from app.storage.database import driver
from app.storage.descendants import fetch_descendants
from app.storage.events import Cause, NewEvent
from app.storage.idempotency import digest_of
from app.storage.ids import new_id
from app.storage.json_text import dumps, loads
from app.triggers.audience import DEEPEST
from app.triggers.fire import fire_event


@dataclass(frozen=True)
class Emitter:
    """Posts events for the steps of one worker process."""

    engine_context: EngineContext
    #: Acts on what a commit leaves to be done.
    dispatch: Callable[[Aftermath], None]

    def emit(self, context: StepContext, key: str, node_id: str, type: Any, payload: Any) -> Any:
        """
        Post an event in the name of a step; answers what anybody is answered who posts one.

        ``key`` is the step's idempotency key: whoever runs the step again gets the first answer. Raises StepFailed.
        """
        self._require_end(context, node_id)
        event = self._event(context, key, node_id, type, payload, root=self._find_root(context, node_id))
        # The key makes a repeat harmless.
        engine, triggers, config = self.engine_context.engine, self.engine_context.triggers, self.engine_context.config
        fired = retry_while_disconnected(
            lambda: fire_event(engine, triggers, event, payload, grace=config.grace), config.lease
        )
        self.dispatch(aftermath_of(fired))
        return loads(fired.answer)

    def _event(self, context: StepContext, key: str, node_id: str, type: Any, payload: Any, *, root: str) -> NewEvent:
        received_at = clock.now()
        return NewEvent(
            id=new_id(),
            received_at=received_at,
            text=self._text(node_id, type, payload),
            source=f"trigraph/workflows/{context.runs.workflow_id}",
            type=type,
            time=received_at.isoformat(),
            dedupe_key=digest_of(["step", key]),
            cause=Cause(context.execution_id, root, node_id),
            depth=context.depth + 1,
        )

    def _text(self, node_id: str, type: Any, payload: Any) -> str:
        if not isinstance(payload, dict):
            message = f"Node {node_id}: payload is {quote(payload)}; an event must be an object."
            raise StepFailed(message, kind="InvalidData", retry=False)
        try:
            check_event_type(type, payload)
            text = dumps(payload)
        except InvalidInput as error:
            raise StepFailed(f"The event of node {node_id}: {error}", kind="InvalidData", retry=False) from None
        most = self.engine_context.config.limits.max_output_bytes
        if len(text) > most:
            message = f"The event of node {node_id} has {len(text)} bytes; {most} are allowed."
            raise StepFailed(message, kind="EventTooLarge", retry=False)
        return text

    def _find_root(self, context: StepContext, node_id: str) -> str:
        """Return the root of the execution. Raises StepFailed if it has as many descendants as are allowed."""

        def fetch() -> tuple[str, int]:
            with driver(self.engine_context.engine) as connection, connection.cursor() as cursor:
                return fetch_descendants(cursor, context.execution_id)

        root, number = retry_while_disconnected(fetch, self.engine_context.config.lease)
        most = self.engine_context.config.max_descendants
        if number >= most:
            raise StepFailed(describe_excess(node_id, root, number + 1, most), kind=TOO_MANY, retry=False)
        return root

    def _require_end(self, context: StepContext, node_id: str) -> None:
        if context.depth < DEEPEST:
            return
        with driver(self.engine_context.engine) as connection, connection.cursor() as cursor:
            way = list_causes(cursor, context.execution_id, node_id)
        # A loop is named once.
        parts = list(dict.fromkeys(f"{workflow} (node {node})" if node else workflow for workflow, node in way))
        message = (
            f"Node {node_id} would post an event that more than {DEEPEST} executions and events led to, one because"
            f" of the other. Do they start each other without end? The way here: {listed(parts, ' → ')}."
        )
        raise StepFailed(message, kind="TooDeep", retry=False)

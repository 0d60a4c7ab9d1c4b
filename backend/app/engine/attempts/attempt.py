"""One attempt at one node: what its handler is given, and its result as it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from app.engine.config import EngineConfig, HandlerLimits
from app.engine.definitions.compiled import CompiledNode
from app.engine.registry import RunTarget, Services
from app.engine.services.credentials import authorize
from app.engine.services.http.authorization import Authorization
from app.errors import StepFailed
from app.logic.jsonlogic import Rule, compile_rule
from app.logic.redaction import redact
from app.logic.templates import Scope
from app.storage.ids import derived_id
from app.storage.json_text import dumps
from app.storage.rows import StepRow
from app.storage.walk.records import Record


@dataclass  # Not frozen: that takes three times as long to make, and each step has one.
class StepContext:
    """What a node can see of its execution."""

    execution_id: str
    payload: Any
    event: Mapping[str, Any]
    outputs: Mapping[str, Any]
    input: Any = None
    #: Outputs that came along the edges, by node.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: What the execution runs, and how many executions and events led to it.
    runs: RunTarget = RunTarget("", 0)  # noqa: RUF009
    depth: int = 0


@dataclass  # Not frozen: that takes three times as long to make, and each step has one.
class AttemptResult:
    """The result of an attempt, ready to be recorded: ``output`` or ``error`` is set, unless the step waits."""

    #: The output as JSON text.
    output: str | None = None
    error: Mapping[str, str] | None = None
    #: False where another attempt cannot help.
    may_retry: bool = True
    halted: bool = False
    #: Seconds, or the moment, after which a step that waits is due.
    resume_in: float | None = None
    resume_at: datetime | None = None
    selected_next: str | None = None
    #: ``complete`` or ``timeout``: what happens when a step that waits is due.
    when_due: str = "complete"
    handles: tuple[str, ...] = ()
    #: The step's error if no edge leaves from one of the handles; None: the plain edges are followed then.
    fallback_error: Mapping[str, str] | None = None
    records: tuple[Record, ...] = ()


#: Posts an event for a step: ``emit(type, payload)``.
Emit = Callable[[Any, Any], Any]
#: Finds the workflow that a name or an id means.
FindWorkflow = Callable[[str], RunTarget]


@dataclass  # Not frozen: that takes three times as long to make, and each step has one.
class Attempt:
    """One attempt at one node, and what its handler is given."""

    node: CompiledNode
    context: StepContext
    #: The step as it will be written.
    row: StepRow
    config: EngineConfig
    #: None for pure nodes, which cannot post events.
    emit: Emit | None = None
    #: None for nodes with effects, which cannot look up workflows.
    find_workflow: FindWorkflow | None = None
    #: Values of secrets that its data or its credential refers to; filled while templates are rendered.
    used_secrets: set[str] = field(default_factory=set)
    #: The names of these secrets.
    used_names: set[str] = field(default_factory=set)
    #: One number: bytes of what ``fill`` has rendered.
    filled: list[int] = field(default_factory=lambda: [0])

    @property
    def id(self) -> str:
        return self.node.node.id

    @property
    def limits(self) -> HandlerLimits:
        return self.config.limits

    @property
    def log_fields(self) -> dict[str, Any]:
        """The ids of this attempt, for ``extra`` of a log line."""
        return {"execution": self.context.execution_id, "node": self.id, "attempt": self.row.attempt}

    def scope(self, payload: Any) -> Scope:
        """Return the names that templates see."""
        return Scope(payload=payload, input=self.context.input, outputs=self.context.outputs, secret=self.find_secret)

    def find_secret(self, name: str) -> str | None:
        """The value of a secret, which is taken out of all that is recorded. Raises StepFailed."""
        self.used_names.add(name)
        self.learn_new_values()
        return self.config.secrets.find(name)

    def learn_new_values(self) -> None:
        """Remember the values that its secrets have by now: a service may know a value that was stored just now."""
        for name in self.used_names:
            self.used_secrets.update(self.config.secrets.list_values(name))

    def authorize(self, credential: str) -> Authorization:
        """The authorization of requests by a credential. Raises StepFailed."""
        found = self.config.secrets.find_credential(credential)
        return authorize(found, self.find_secret, self.config.tokens, self.used_secrets.update)

    def rule(self, source: Any) -> Rule:
        return self.node.rules.get(id(source)) or compile_rule(source)

    @property
    def rule_data(self) -> dict[str, Any]:
        """What rules of the node see beside the payload."""
        context = self.context
        return {"$steps": context.outputs, "$event": context.event, "$context": context.payload}

    def services(self) -> Services:
        """Return what the handler is given: the only place where it is put together."""
        context, row, config, used = self.context, self.row, self.config, self.used_secrets
        given: dict[str, Any] = {}
        if self.emit is not None:
            emit = self.emit
            given["emit"] = lambda type, payload: emit(redact(type, used), redact(payload, used))
        if self.find_workflow is not None:
            given["find_workflow"] = self.find_workflow
        return StepServices(
            (context.execution_id, row.node_id, row.visit),
            attempt=row.attempt,
            visit=row.visit,
            input=context.input,
            inputs=context.inputs,
            outputs=context.outputs,
            event=context.event,
            runs=context.runs,
            depth=context.depth,
            channels=config.channels,
            allow_private_addresses=config.allow_private_addresses,
            own_services=config.own_services,
            closed_places=config.closed_places,
            language_model=config.language_model,
            approval_links=config.approval_links,
            simulates=config.simulates,
            evaluate=lambda rule, payload: self.rule(rule).evaluate(payload, extra=self.rule_data),
            holds=lambda rule, payload: self.rule(rule).holds(payload, extra=self.rule_data),
            fill=self.fill,
            redact=lambda text: str(redact(text, used)),
            authorize=self.authorize,
            **given,
        )

    def fill(self, key: str, payload: Any) -> Any:
        """Render one of the keys that the handler fills itself."""
        template = self.node.later.get(key)
        if template is None:
            return None
        value = template.render(self.scope(payload))
        size, most = self.filled[0] + len(dumps(value)), self.limits.max_collected_bytes
        self.filled[0] = size
        if size > most:
            message = f"Node {self.id}: {key} is filled with more than {most} bytes for all items together."
            raise StepFailed(message, kind="OutputTooLarge", retry=False)
        return value


class StepServices(Services):
    """
    The services of a step.

    Its key is derived when a handler asks for it. Most do not, and it takes as long as everything else here.
    """

    def __init__(self, visit_of_node: tuple[str, str, int] | None = None, **services: Any) -> None:
        """``visit_of_node``: the execution, the node and the visit; None: the key is among the services."""
        super().__init__(**services)
        if visit_of_node is not None:
            self._visit_of_node = visit_of_node
            del self.idempotency_key

    @cached_property
    def idempotency_key(self) -> str:  # type: ignore[override]
        return idempotency_key(*self._visit_of_node)


def idempotency_key(execution_id: str, node_id: str, visit: int) -> str:
    """Return the key of a visit: the same for each of its attempts, and valid in an HTTP header."""
    return derived_id(execution_id, f"{node_id}/{visit}")


def failure(kind: str, message: str, *, may_retry: bool = True) -> AttemptResult:
    return AttemptResult(error={"type": kind, "message": message}, may_retry=may_retry)

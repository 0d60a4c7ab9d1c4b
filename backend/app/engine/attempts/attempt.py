"""One attempt at one node: fill in its data, call its handler within its time, check the result."""

from __future__ import annotations

import logging
import os
import uuid
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from typing import Any

from app.engine.attempts.resume_after import capture_request, take_request
from app.engine.attempts.step_data import check_rendered, redact_output, redact_record, time_limit
from app.engine.attempts.timeout import CallTimeout, call_with_timeout
from app.engine.config import EngineConfig, HandlerLimits
from app.engine.definitions.compiled import CompiledNode
from app.engine.registry import HandlerResult, RunTarget, Services
from app.errors import InvalidInput, StepFailed
from app.graph.durations import LONGEST
from app.graph.names import as_id, quote
from app.logic.jsonlogic import Rule, compile_rule
from app.logic.redaction import redact
from app.logic.templates import Scope
from app.storage.json_text import dumps
from app.storage.rows import StepRow
from app.storage.walk.records import Record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
    #: True where it runs inside a transaction: then its caller sets the time limit.
    is_inline: bool = True
    #: Values of secrets that its data refers to; filled while templates are rendered.
    used_secrets: set[str] = field(default_factory=set)
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
        return Scope(
            payload=payload, input=self.context.input, outputs=self.context.outputs, secret=_secrets(self.used_secrets)
        )

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
        return Services(
            idempotency_key=idempotency_key(context.execution_id, row.node_id, row.visit),
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


def idempotency_key(execution_id: str, node_id: str, visit: int) -> str:
    """Return the key of a visit: the same for each of its attempts, and valid in an HTTP header."""
    return str(uuid.uuid5(uuid.UUID(execution_id), f"{node_id}/{visit}"))


def failure(kind: str, message: str, *, may_retry: bool = True) -> AttemptResult:
    return AttemptResult(error={"type": kind, "message": message}, may_retry=may_retry)


def run_attempt(attempt: Attempt) -> AttemptResult:
    """Run a node's handler once. Never raises: whatever goes wrong is the step's error."""
    try:
        if attempt.node.fault:
            raise StepFailed(attempt.node.fault, kind="InvalidData", retry=False)
        data = _render_data(attempt)
        services = attempt.services()
        return _result_of(attempt, _call_handler(attempt, data, services), services)
    except Exception as error:  # the one place where a handler is called
        return _error_of(attempt, error)


def _render_data(attempt: Attempt) -> dict[str, Any]:
    compiled = attempt.node
    if not compiled.template.references:
        return dict(compiled.node.data)
    data = {**compiled.node.data, **compiled.template.render(attempt.scope(attempt.context.payload))}
    if compiled.checks_rendered and compiled.handler:
        check_rendered(compiled, data, attempt.used_secrets)
    return data


def _secrets(used: set[str]) -> Callable[[str], str | None]:
    def secret(name: str) -> str | None:
        value = os.environ.get(f"SECRET_{name}")
        if value:
            used.add(value)
        return value

    return secret


def _call_handler(attempt: Attempt, data: dict[str, Any], services: Services) -> Any:
    handler, type = attempt.node.handler, attempt.node.node.type
    assert handler is not None
    execution_id, payload = attempt.context.execution_id, attempt.context.payload
    seconds = time_limit(attempt.node.node, data, attempt.used_secrets, default=attempt.limits.timeout)

    def call() -> Any:
        capture_request(execution_id, attempt.id)
        answer = handler.execute(
            node_id=attempt.id, data=data, exec_id=execution_id, payload=payload, services=services
        )
        requested = take_request()
        if requested is None or not isinstance(answer, HandlerResult) or answer.resume_in is not None:
            return answer
        return replace(answer, resume_in=requested)

    try:
        return call() if attempt.is_inline else call_with_timeout(seconds, call)
    except SystemExit:
        raise StepFailed(f"The handler of {type} asked to exit.", kind="SystemExit") from None
    except CancelledError:
        raise StepFailed(f"The handler of {type} was cancelled.", kind="CancelledError") from None
    except CallTimeout:
        raise StepFailed(f"Node {attempt.id} took longer than {seconds:g} s.", kind="Timeout") from None


def _result_of(attempt: Attempt, answer: Any, services: Services) -> AttemptResult:
    limits, used = attempt.limits, attempt.used_secrets
    if not isinstance(answer, HandlerResult):
        message = f"The handler of {attempt.node.node.type} returned {type(answer).__name__}, not HandlerResult."
        raise StepFailed(message, kind="InvalidOutput", retry=False)
    _check_waiting(attempt, answer)
    output = limited_text(f"The output of node {attempt.id}", answer.result, limits.max_output_bytes)
    for record in services.records:
        most = limits.max_collected_bytes if record.begins else limits.max_output_bytes
        check_record(f"The {record.kind.replace('_', ' ')} of node {attempt.id}", record, most)
    return AttemptResult(
        output=redact_output(attempt.node, output, used),
        halted=bool(answer.halted),
        resume_in=answer.resume_in,
        resume_at=answer.resume_at,
        when_due=answer.when_due,
        selected_next=as_id(answer.selected_next),
        handles=tuple(str(handle) for handle in answer.handles if handle is not None),
        records=tuple(redact_record(record, used) for record in services.records),
    )


def _check_waiting(attempt: Attempt, answer: HandlerResult) -> None:
    """Raise StepFailed if a handler names a time to resume at that does not exist."""
    fault = None
    if answer.resume_in is not None and not _is_wait(answer.resume_in):
        fault = f"resume_in is {quote(answer.resume_in)}; it must be a number of seconds, at most a hundred years"
    elif answer.resume_at is not None and not _is_moment(answer.resume_at):
        fault = f"resume_at is {quote(answer.resume_at)}; it must be a datetime with a time zone"
    if fault:
        message = f"The handler of {attempt.node.node.type} returned an invalid result: {fault}."
        raise StepFailed(message, kind="InvalidOutput", retry=False)


def _is_moment(value: Any) -> bool:
    return isinstance(value, datetime) and value.utcoffset() is not None


def _is_wait(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -inf < value <= LONGEST


def check_record(name: str, record: Record, most: int) -> None:
    """
    Raise StepFailed if a record has more than ``most`` bytes of JSON text.

    Lists are measured item by item, because the text of all of them may not fit into memory.
    """
    size = 0
    for value in record.values.values():
        for part in value if isinstance(value, list) else [value]:
            size += len(limited_text(name, part, most))
            if size > most:
                message = f"{name} has more than {most} bytes, which is the limit."
                raise StepFailed(message, kind="OutputTooLarge", retry=False)


def limited_text(name: str, value: Any, most: int) -> str:
    """Return a value as JSON text of at most ``most`` bytes. Raises StepFailed, in which ``name`` is the subject."""
    try:
        text = dumps(value)
    except InvalidInput as error:
        raise StepFailed(f"{name} is not JSON. {error}", kind="InvalidOutput", retry=False) from None
    if len(text) > most:
        raise StepFailed(f"{name} has {len(text)} bytes; {most} are allowed.", kind="OutputTooLarge", retry=False)
    return text


def _error_of(attempt: Attempt, error: Exception) -> AttemptResult:
    kind = error.kind if isinstance(error, StepFailed) else type(error).__name__
    message = str(redact(str(error), attempt.used_secrets))[:2000] or kind
    text = "Execution %(execution)s, node %(node)s, attempt %(attempt)d failed: %(error)s"
    fields = {**attempt.log_fields, "error": kind}
    log.info(text, fields, extra=fields)
    return AttemptResult(error={"type": kind, "message": message}, may_retry=getattr(error, "retry", True) is not False)

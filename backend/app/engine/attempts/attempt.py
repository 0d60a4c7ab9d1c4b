"""One try of one node: its data filled in, its handler called in time, its answer made fit to be recorded."""

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
from app.engine.definitions.compiled import CompiledNode
from app.engine.registry import HandlerResult, RunTarget, Services
from app.errors import InvalidInput, StepFailed
from app.graph.durations import LONGEST
from app.graph.names import as_id, quote
from app.logic.jsonlogic import Rule, compile_rule
from app.logic.redaction import redact
from app.logic.templates import Scope
from app.storage.json_text import dumps
from app.storage.walk.records import Record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HandlerLimits:
    """What every handler is held to."""

    #: Seconds that a handler may run where its node does not say.
    timeout: float = 300.0
    max_output_bytes: int = 1_000_000
    #: Of what a step hands to its children, or collects from them.
    max_collected_bytes: int = 16_000_000


@dataclass(frozen=True)
class StepContext:
    """What a node can see of its execution."""

    execution_id: str
    payload: Any
    event: Mapping[str, Any]
    outputs: Mapping[str, Any]
    input: Any = None
    #: What came along the edges, by node.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: What the execution runs, and how many executions and events led to it.
    runs: RunTarget = RunTarget("", 0)  # noqa: RUF009
    depth: int = 0


@dataclass(frozen=True)
class AttemptResult:
    """What a try came to, ready to be recorded. Exactly one of ``output`` and ``error`` is set, unless it halted."""

    #: The output as JSON text.
    output: str | None = None
    error: Mapping[str, str] | None = None
    #: False where trying again cannot help.
    may_retry: bool = True
    halted: bool = False
    resume_in: float | None = None
    resume_at: datetime | None = None
    selected_next: str | None = None
    #: What happens when the time that a halted step waits for has come.
    when_due: str = "complete"
    handles: tuple[str, ...] = ()
    #: The step's error where no edge leaves from one of the handles; None: the plain edges are followed then.
    fallback_error: Mapping[str, str] | None = None
    records: tuple[Record, ...] = ()


def idempotency_key(execution_id: str, node_id: str, visit: int) -> str:
    """The same for every try of a turn, and fit for a header whatever the node is called."""
    return str(uuid.uuid5(uuid.UUID(execution_id), f"{node_id}/{visit}"))


def failure(kind: str, message: str, *, may_retry: bool = True) -> AttemptResult:
    return AttemptResult(error={"type": kind, "message": message}, may_retry=may_retry)


def run_attempt(
    compiled: CompiledNode, context: StepContext, services: Services, limits: HandlerLimits
) -> AttemptResult:
    """Try a node once. Never raises: whatever goes wrong is the step's error."""
    used: set[str] = set()
    try:
        if compiled.fault:
            raise StepFailed(compiled.fault, kind="InvalidData", retry=False)
        data = _data(compiled, context, used)
        services.redact = lambda text: str(redact(text, used))
        emit = services.emit
        services.emit = lambda type, payload: emit(redact(type, used), redact(payload, used))
        services.fill = lambda key, payload: _fill(compiled, key, payload, context, used)
        seconds = time_limit(compiled.node, data, used, default=limits.timeout)
        answer = _call(compiled, data, context, services, seconds)
        return _result_of(compiled, answer, services, limits, used)
    except Exception as error:  # the one place where a handler is called
        return _error_of(compiled, error, used)


def _data(compiled: CompiledNode, context: StepContext, used: set[str]) -> dict[str, Any]:
    if not compiled.template.references:
        return dict(compiled.node.data)
    scope = Scope(payload=context.payload, input=context.input, outputs=context.outputs, secret=_secrets(used))
    data = {**compiled.node.data, **compiled.template.render(scope)}
    if compiled.checks_rendered and compiled.handler:
        check_rendered(compiled, data, used)
    return data


def _fill(compiled: CompiledNode, key: str, payload: Any, context: StepContext, used: set[str]) -> Any:
    template = compiled.later.get(key)
    scope = Scope(payload=payload, input=context.input, outputs=context.outputs, secret=_secrets(used))
    return template.render(scope) if template else None


def _secrets(used: set[str]) -> Callable[[str], str | None]:
    def secret(name: str) -> str | None:
        value = os.environ.get(f"SECRET_{name}")
        if value:
            used.add(value)
        return value

    return secret


def _call(
    compiled: CompiledNode, data: dict[str, Any], context: StepContext, services: Services, seconds: float
) -> Any:
    services.evaluate = lambda rule, payload: _rule(compiled, rule).evaluate(payload, extra=_extra(context))
    services.holds = lambda rule, payload: _rule(compiled, rule).holds(payload, extra=_extra(context))
    handler = compiled.handler
    assert handler is not None

    def call() -> Any:
        capture_request(context.execution_id, compiled.node.id)
        answer = handler.execute(
            node_id=compiled.node.id,
            data=data,
            exec_id=context.execution_id,
            payload=context.payload,
            services=services,
        )
        asked = take_request()
        if asked is None or not isinstance(answer, HandlerResult) or answer.resume_in is not None:
            return answer
        return replace(answer, resume_in=asked)

    try:
        return call() if compiled.pure else call_with_timeout(seconds, call)
    except SystemExit:
        raise StepFailed(f"The handler of {compiled.node.type} asked to exit.", kind="SystemExit") from None
    except CancelledError:
        raise StepFailed(f"The handler of {compiled.node.type} was cancelled.", kind="CancelledError") from None
    except CallTimeout:
        raise StepFailed(f"Node {compiled.node.id} took longer than {seconds:g} s.", kind="Timeout") from None


def _rule(compiled: CompiledNode, source: Any) -> Rule:
    return compiled.rules.get(id(source)) or compile_rule(source)


def _extra(context: StepContext) -> dict[str, Any]:
    return {"$steps": context.outputs, "$event": context.event, "$context": context.payload}


def _result_of(
    compiled: CompiledNode, answer: Any, services: Services, limits: HandlerLimits, used: set[str]
) -> AttemptResult:
    if not isinstance(answer, HandlerResult):
        raise StepFailed(
            f"The handler of {compiled.node.type} answered {type(answer).__name__}, not HandlerResult.",
            kind="InvalidOutput",
            retry=False,
        )
    _check_waiting(compiled, answer)
    output = _limited_text(compiled, answer.result, limits.max_output_bytes)
    for record in services.records:
        _limited_text(compiled, record.values, limits.max_collected_bytes if record.begins else limits.max_output_bytes)
    return AttemptResult(
        output=redact_output(compiled, output, used),
        halted=bool(answer.halted),
        resume_in=answer.resume_in,
        resume_at=answer.resume_at,
        when_due=answer.when_due,
        selected_next=as_id(answer.selected_next),
        handles=tuple(str(handle) for handle in answer.handles if handle is not None),
        records=tuple(redact_record(record, used) for record in services.records),
    )


def _check_waiting(compiled: CompiledNode, answer: HandlerResult) -> None:
    """Raises StepFailed where a handler wants to be resumed at no time that there is."""
    said = None
    if answer.resume_in is not None and not _is_wait(answer.resume_in):
        said = f"resume_in as {quote(answer.resume_in)}; it must be a number of seconds, at most a hundred years"
    elif answer.resume_at is not None and not _is_moment(answer.resume_at):
        said = f"resume_at as {quote(answer.resume_at)}; it must be a datetime with a zone"
    if said:
        raise StepFailed(f"The handler of {compiled.node.type} answered {said}.", kind="InvalidOutput", retry=False)


def _is_moment(value: Any) -> bool:
    return isinstance(value, datetime) and value.utcoffset() is not None


def _is_wait(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -inf < value <= LONGEST


def _limited_text(compiled: CompiledNode, value: Any, most: int) -> str:
    try:
        text = dumps(value)
    except InvalidInput as error:
        message = f"The output of node {compiled.node.id} is not JSON. {error}"
        raise StepFailed(message, kind="InvalidOutput", retry=False) from None
    if len(text) > most:
        message = f"The output of node {compiled.node.id} has {len(text)} bytes; {most} are allowed."
        raise StepFailed(message, kind="OutputTooLarge", retry=False)
    return text


def _error_of(compiled: CompiledNode, error: Exception, used: set[str]) -> AttemptResult:
    kind = error.kind if isinstance(error, StepFailed) else type(error).__name__
    message = str(redact(str(error), used))[:2000] or kind
    log.info("Node %s failed: %s", compiled.node.id, kind)
    return AttemptResult(error={"type": kind, "message": message}, may_retry=getattr(error, "retry", True) is not False)

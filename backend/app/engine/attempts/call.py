"""A call of a handler: fill in its data, run it within its time, check its answer."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any

from app.engine.attempts.attempt import Attempt, AttemptResult
from app.engine.attempts.event_loop import MAX_BLOCK, HandlerExit, LoopBlocked, LoopLost
from app.engine.attempts.resume_after import ResumeRequest, capture_request, release_request
from app.engine.attempts.runners import Runners
from app.engine.attempts.step_data import check_rendered, redact_output, redact_record, time_limit
from app.engine.attempts.threads import Work
from app.engine.deadlines import CallTimeout, GivenUp
from app.engine.registry import HandlerResult, Services, Way
from app.errors import InvalidInput, StepFailed
from app.graph.durations import LONGEST
from app.graph.names import as_id, quote
from app.logic.redaction import redact
from app.storage.json_text import dumps
from app.storage.walk.records import Record

log = logging.getLogger(__name__)


@dataclass  # Not frozen: that takes three times as long to make, and each step has one.
class HandlerCall:
    """A handler with all that it is given."""

    attempt: Attempt
    data: dict[str, Any]
    services: Services
    #: Seconds that it may take.
    seconds: float

    def execute(self) -> Any:
        """Call a plain handler on this thread."""
        request = self._capture_request()
        try:
            return _with_countdown(self._call(), request)
        finally:
            release_request()

    async def execute_async(self) -> Any:
        """Call a handler that is ``async def`` in this task."""
        request = self._capture_request()
        return _with_countdown(await self._call(), request)

    def _call(self) -> Any:
        attempt = self.attempt
        assert attempt.node.handler is not None
        return attempt.node.handler.execute(
            node_id=attempt.id,
            data=self.data,
            exec_id=attempt.context.execution_id,
            payload=attempt.context.payload,
            services=self.services,
        )

    def _capture_request(self) -> ResumeRequest:
        return capture_request(self.attempt.context.execution_id, self.attempt.id)


def run_attempt(attempt: Attempt) -> AttemptResult:
    """Run the handler of a pure node on this thread. Raises only GivenUp: all else that goes wrong is its error."""
    try:
        prepare_secrets(attempt)
        call = _open_call(attempt)
        return _result_of(attempt, call.execute(), call.services)
    except GivenUp:
        raise
    except BaseException as error:  # the one place where a pure handler is called
        return _error_of(attempt, _named(attempt, error, 0.0))


def start_attempt(
    attempt: Attempt, runners: Runners, done: Callable[[AttemptResult | None], None]
) -> Callable[[], None]:
    """
    Have a node's handler run once, on the event loop or on a thread; ``done`` is called there with its result.

    None means that it is not known whether the handler ran: the event loop ended. Returns what stops the handler, as if
    its time were over.
    """
    start = _Start(attempt, done)
    try:
        # Here, because it may wait for Postgres, which no call on the event loop may do.
        prepare_secrets(attempt)
    except StepFailed as error:
        done(_error_of(attempt, error))
        return lambda: None
    return start.on(runners)


def prepare_secrets(attempt: Attempt) -> None:
    """Have the secrets at hand if the node names any. Raises StepFailed where they cannot be read."""
    node = attempt.node
    if node.secrets or node.credential is not None:
        attempt.config.secrets.prepare(node.secrets, node.credential)


class _Start:
    """An attempt that is being run, from its data to its result."""

    def __init__(self, attempt: Attempt, done: Callable[[AttemptResult | None], None]) -> None:
        self._attempt = attempt
        self._done = done
        self._call: HandlerCall | None = None

    def on(self, runners: Runners) -> Callable[[], None]:
        attempt = self._attempt
        if attempt.node.way is Way.LOOP:
            return runners.loop.start(self._open_async, label=_label_of(attempt), done=self._finish)
        computes = attempt.node.way is Way.COMPUTE
        return runners.threads.start(Work(self._open, self._finish, _label_of(attempt), computes))

    def _open_async(self) -> tuple[Coroutine[Any, Any, Any], float]:
        self._call = _open_call(self._attempt)
        return self._call.execute_async(), self._call.seconds

    def _open(self) -> tuple[Callable[[], Any], float]:
        self._call = _open_call(self._attempt)
        return self._call.execute, self._call.seconds

    def _finish(self, answer: Any, error: BaseException | None) -> None:
        self._done(None if isinstance(error, LoopLost) else self._conclude(answer, error))

    def _conclude(self, answer: Any, error: BaseException | None) -> AttemptResult:
        call = self._call
        try:
            self._attempt.learn_new_values()
            if error is None:
                assert call is not None
                return _result_of(self._attempt, answer, call.services)
            return _error_of(self._attempt, _named(self._attempt, error, call.seconds if call else 0.0))
        except Exception as failed:
            return _error_of(self._attempt, failed)


def _open_call(attempt: Attempt) -> HandlerCall:
    if attempt.node.fault:
        raise StepFailed(attempt.node.fault, kind="InvalidData", retry=False)
    data = render_data(attempt)
    seconds = time_limit(attempt.node.node, data, attempt.used_secrets, default=attempt.limits.timeout)
    return HandlerCall(attempt, data, attempt.services(), seconds)


def render_data(attempt: Attempt) -> dict[str, Any]:
    compiled = attempt.node
    if not compiled.template.references:
        return dict(compiled.node.data)
    data = {**compiled.node.data, **compiled.template.render(attempt.scope(attempt.context.payload))}
    if compiled.checks_rendered and compiled.handler:
        check_rendered(compiled, data, attempt.used_secrets)
    return data


def _named(attempt: Attempt, error: BaseException, seconds: float) -> Exception:
    """Return the error with which the step fails: of exits and cancellations, one that says so."""
    type = attempt.node.node.type
    if isinstance(error, (SystemExit, HandlerExit)):
        return StepFailed(f"The handler of {type} asked to exit.", kind="SystemExit")
    if isinstance(error, CancelledError):
        return StepFailed(f"The handler of {type} was cancelled.", kind="CancelledError")
    if isinstance(error, (CallTimeout, GivenUp)):
        return StepFailed(f"Node {attempt.id} took longer than {seconds:g} s.", kind="Timeout")
    if isinstance(error, LoopBlocked):
        message = f"The handler of {type} blocked the event loop for {MAX_BLOCK:g} s; make it await, or a plain def."
        return StepFailed(message, kind="LoopBlocked")
    if not isinstance(error, Exception):
        return StepFailed(f"The handler of {type} raised {error.__class__.__name__}.", kind=error.__class__.__name__)
    return error


def _label_of(attempt: Attempt) -> Mapping[str, Any]:
    return {**attempt.log_fields, "type": attempt.node.node.type}


def _with_countdown(answer: Any, request: ResumeRequest) -> Any:
    """Return the answer with the time that the handler asked for by a message to itself."""
    if request.countdown is None or not isinstance(answer, HandlerResult) or answer.resume_in is not None:
        return answer
    return replace(answer, resume_in=request.countdown)


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

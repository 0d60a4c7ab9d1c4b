"""A step's data between its templates and its handler: what it records without secrets, and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from app.engine.definitions.compiled import CompiledNode, data_problems
from app.errors import Problem, StepFailed
from app.graph.durations import parse_seconds
from app.graph.model import Node
from app.logic.redaction import redact, redact_members
from app.logic.templates import is_template
from app.storage.json_text import dumps, loads
from app.storage.walk.records import ENGINE_COLUMNS, Record


def check_rendered(compiled: CompiledNode, data: Mapping[str, Any], secrets: Set[str]) -> None:
    """
    Raise StepFailed, without a retry, if the data that templates filled is not valid for the node's type.

    Messages quote values, and cut long ones. They are made from data without the secrets, because a piece of a secret
    would not be recognised in them.
    """
    assert compiled.handler is not None
    for key in getattr(compiled.handler, "refuses_null", ()):
        if compiled.node.data.get(key) is not None and data.get(key) is None:
            message = f"Node {compiled.node.id}: {key} is null; its template must give a value, or leave the key out."
            raise StepFailed(message, kind="InvalidData", retry=False)
    problems = data_problems(compiled.node, compiled.handler, data)
    if problems and secrets:
        shown = data_problems(compiled.node, compiled.handler, redact(data, secrets))
        problems = shown or [Problem("INVALID_DATA", f"Node {compiled.node.id}: a value with a secret is not valid.")]
    for problem in problems:
        raise StepFailed(problem.message, kind="InvalidData", retry=False)


def time_limit(node: Node, data: Mapping[str, Any], secrets: Set[str], *, default: float) -> float:
    """
    Seconds that the handler may run: the node's ``timeout``, which may be a template, else ``default``.

    Raises StepFailed, without a retry, if a template gives something that is not a duration of more than 0 seconds.
    """
    if not is_template(node.data.get("timeout")):
        return node.timeout or default
    value = redact(data.get("timeout"), secrets)
    try:
        seconds = parse_seconds(value)
        if seconds:
            return seconds
        fault = "timeout is 0; it must be greater than 0."
    except ValueError as error:
        fault = f"timeout: {error}"
    raise StepFailed(f"Node {node.id}: {fault}", kind="InvalidData", retry=False)


def redact_output(compiled: CompiledNode, output: str, secrets: Set[str]) -> str:
    """
    An output, as JSON text, without the secrets.

    The names of a handler's own members stay (``fields``), and so do the values that come from the engine or from the
    protocol, such as ids and statuses (``exempt_fields``).
    """
    if not secrets:
        return output
    value = loads(output)
    if not isinstance(value, dict):
        return dumps(redact(value, secrets))
    own, exempt = (getattr(compiled.handler, name, ()) for name in ("fields", "exempt_fields"))
    return dumps(redact_members(value, secrets, own=own, exempt=exempt))


def redact_record(record: Record, secrets: Set[str]) -> Record:
    """A row without the secrets; its columns, ids and numbers are the engine's own."""
    return replace(record, values=redact_members(record.values, secrets, exempt=ENGINE_COLUMNS)) if secrets else record

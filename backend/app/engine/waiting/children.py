"""The result of a step whose children have ended."""

from __future__ import annotations

from app.engine.attempts.attempt import AttemptResult, failure
from app.engine.config import HandlerLimits
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import RunTarget
from app.errors import StepFailed
from app.graph.model import Node
from app.storage import catalog
from app.storage.database import Cursor
from app.storage.waiting import fan_outs
from app.storage.waiting.fan_outs import Unfinished
from app.storage.walk import lock


def find_workflow(cursor: Cursor, workflows: WorkflowCache, reference: str) -> RunTarget:
    """Return the newest version of a workflow by id or name. Raises StepFailed if there is none, or several."""
    found = catalog.find_by_reference(cursor, reference)
    if len(found) != 1:
        message = f"There is no workflow {reference[:200]}."
        if found:
            message = f"Several workflows have the name {reference[:200]}; name one by its id."
        raise StepFailed(message, kind="UnknownWorkflow", retry=False)
    ((id, version),) = found
    workflow = workflows.get(id, version, lambda: lock.fetch_definition(cursor, id, version))
    return RunTarget(id, version, parameters=workflow.graph.parameters)


def children_result(cursor: Cursor, fan_out: str, node: Node, limits: HandlerLimits) -> AttemptResult:
    """Return the result of a step whose children have all ended, or one of whose children has failed."""
    child = fan_outs.find_unfinished(cursor, fan_out)
    collects, size = fan_outs.collected_size(cursor, fan_out)
    if child is not None:
        return failure("ChildFailed", _describe_failure(child, node, collects))
    if size > limits.max_collected_bytes:
        message = (
            f"The children of node {node.id} have outputs of {size} bytes; {limits.max_collected_bytes} are allowed."
        )
        return failure("OutputTooLarge", message, may_retry=False)
    found = fan_outs.item_outputs(cursor, fan_out)
    return AttemptResult(output=f"[{','.join(found)}]" if collects else found[0])


def _describe_failure(child: Unfinished, node: Node, collects: bool) -> str:
    which = f"The child for item {child.item}" if collects else "The child"
    error = child.error or {}
    ended = f"failed: {error.get('message', '')}" if child.status == "FAILED" else "was cancelled."
    return f"{which} of node {node.id}, execution {child.id}, {ended}"[:2000]

"""The parameters that a step's handler was given: its data with the templates filled again from what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.definitions.compiled import CompiledNode
from app.errors import TrigraphError
from app.logic.redaction import REDACTED
from app.logic.templates import Scope
from app.storage.json_text import dumps

#: Bytes of JSON text of filled parameters above which they are shown as they were written.
MOST_BYTES = 256_000


@dataclass(frozen=True)
class StepParameters:
    """The data of a step's node; ``problem`` says why its templates are not filled, None: they are."""

    data: Mapping[str, Any]
    problem: str | None = None


def fill_parameters(compiled: CompiledNode, *, payload: Any, input: Any, outputs: Mapping[str, Any]) -> StepParameters:
    """
    Fill the templates of a node from its recorded surroundings, with a mark in place of each secret.

    Nothing of this is stored with the step: its data, the payload and the outputs before it do not change, so that the
    same values come out. Templates that a handler fills itself stay as they were written.
    """
    scope = Scope(payload=payload, input=input, outputs=outputs, secret=lambda name: REDACTED)
    try:
        data = {**compiled.node.data, **compiled.template.render(scope)}
    except TrigraphError as error:
        return StepParameters(compiled.node.data, f"Its templates cannot be filled any more: {error}")
    size = len(dumps(data))
    if size > MOST_BYTES:
        return StepParameters(compiled.node.data, f"Filled, they have {size:,} bytes; they are shown as written.")
    return StepParameters(data)

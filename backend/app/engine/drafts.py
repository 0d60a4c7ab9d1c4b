"""A definition in YAML, checked and ready to be saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from app.engine.definitions import check, trigger_problems
from app.engine.registry import Registry
from app.errors import InvalidDefinition, Problem
from app.graph.dialects.tasks import read_definition
from app.graph.names import LONGEST_NAME
from app.storage.workflows import Draft
from app.triggers.flow import first_time, flow_problems, said_in

KIND = "tasks"


def draft_of_yaml(text: str, registry: Registry, *, max_nodes: int, said: Mapping[str, Any] | None = None) -> Draft:
    """
    The draft of a text; what is ``said`` beside it (name, description, trigger, concurrency …) wins over what it says.

    Raises InvalidDefinition with all that is wrong.
    """
    document = read_definition(text)
    said = said or {}
    definition = document["definition"]
    given = {**(definition if isinstance(definition, dict) else {}), **said}
    flow = said_in(given)
    problems = [*_name_problems(given.get("name")), *trigger_problems(given.get("trigger")), *flow_problems(flow)]
    try:
        built = check(document, registry, kind=KIND, max_nodes=max_nodes)
    except InvalidDefinition as error:
        raise InvalidDefinition([*error.problems, *problems]) from error
    if problems:
        raise InvalidDefinition(problems)
    return Draft(
        kind=KIND,
        name=given["name"],
        document=document,
        description=given.get("description"),
        trigger=given.get("trigger"),
        is_active=said.get("is_active", True),
        flow=flow,
        next_at=first_time(flow, datetime.now(timezone.utc)),
        warnings=[problem.as_dict() for problem in built.warnings],
    )


def _name_problems(name: Any) -> list[Problem]:
    if name is None or (isinstance(name, str) and not name.strip()):
        return [Problem("MISSING_NAME", "The definition has no name.", pointer="/name")]
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        return [Problem("INVALID_NAME", f"The name has more than {LONGEST_NAME} characters.", pointer="/name")]
    return []

"""Warnings about keys of a node's data that its type does not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from app.engine.registry import NodeHandler, is_pure
from app.errors import Problem
from app.graph.building.reserved import RESERVED
from app.graph.model import Node
from app.graph.unknown_keys import warn_misspelled_keys, warn_unknown_keys

#: Keys for people, in the data of any node.
_FOR_PEOPLE = ("label", "name", "title", "description")
#: Keys of a task of the steps dialect.
_OF_STEPS = ("priority", "retry_count")


def warn_data_keys(node: Node, handler: NodeHandler, places: Mapping[str, str], *, strict: bool) -> Iterator[Problem]:
    """
    Keys that have no effect on the type, or that it does not read.

    In a drawing (``strict`` is False), of the latter only misspelled ones, as editors add others.

    A type without a model of its data may read any key.
    """
    place = places.get(node.id, "")
    if node.data.get("on_lost") is not None and is_pure(handler, node.data):
        message = f"Node {node.id}: on_lost has no effect: the type {node.type} has none outside of the execution."
        yield Problem("KEY_WITHOUT_EFFECT", message, node_id=node.id, pointer=f"{place}/on_lost")
    for key in getattr(handler, "refuses_null", ()):
        if key in node.data and node.data[key] is None:
            message = f"Node {node.id}: {key} is null and has no effect; give it a value, or leave the key out."
            yield Problem("KEY_WITHOUT_EFFECT", message, node_id=node.id, pointer=f"{place}/{key}")
    model: type[BaseModel] | None = getattr(handler, "Data", None)
    fields = [key for name, field in (model.model_fields if model else {}).items() for key in _field_keys(name, field)]
    if not fields:
        return
    data = {key: value for key, value in node.data.items() if key not in (*_FOR_PEOPLE, *_OF_STEPS)}
    find = warn_unknown_keys if strict else warn_misspelled_keys
    yield from find(data, (*fields, *RESERVED), f"Node {node.id}", place, node.id)


def _field_keys(name: str, field: FieldInfo) -> list[str]:
    if isinstance(field.validation_alias, AliasChoices):
        return [choice for choice in field.validation_alias.choices if isinstance(choice, str)]
    return [field.alias or name]

"""Responses that show parts of the values of a step."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.schemas.common import documented

Kind = Literal["object", "array", "string", "number", "boolean", "null"]


class ValueEntryRead(BaseModel):
    """A member of an object, or an item of an array."""

    #: The name of a member, or the index of an item.
    key: str | int
    kind: Kind
    #: Entries of an object or an array, characters of a text.
    size: int | None
    #: Null where it is left out because it is larger than 4 kB; its own path shows it.
    value: Any
    #: Bytes of a value that is left out.
    bytes: int | None


class ValuePartRead(BaseModel):
    """One page of a part of a value; the ``Link`` header names the next."""

    model_config = documented(
        {
            "path": "/orders",
            "kind": "array",
            "size": 20000,
            "bytes": 1840211,
            "value": None,
            "entries": [{"key": 0, "kind": "object", "size": 1, "value": {"id": "A-1042"}, "bytes": None}],
        }
    )

    path: str
    kind: Kind
    #: Entries of an object or an array, characters of a text.
    size: int | None
    #: Bytes of all of it as JSON.
    bytes: int
    value: Any = Field(description="A number, boolean or null; of a text, the 64 k characters from `cursor` on.")
    #: Of an object or an array.
    entries: list[ValueEntryRead]

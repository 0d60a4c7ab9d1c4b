"""Types that several bodies share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StrictStr


def storable(text: str) -> str:
    """Postgres keeps no NUL in text."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Name = Annotated[StrictStr, Field(min_length=1, max_length=500), AfterValidator(storable)]


def body_of(*schemas: type[BaseModel], required: bool = True) -> dict[str, Any]:
    """The documentation of a body, one of these, that a route reads itself."""
    found = [schema.model_json_schema() for schema in schemas]
    schema = found[0] if len(found) == 1 else {"anyOf": found}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}

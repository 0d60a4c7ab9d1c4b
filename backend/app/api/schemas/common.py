"""Types that several bodies and responses share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr

#: Ids in examples.
WORKFLOW = "0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30"
EXECUTION = "0199c1f2-51c8-7a90-b3d4-6e0f8a1b2c44"
EVENT = "0199c1f2-51c6-7e1f-9a27-d5c3b2a19f08"
APPROVAL = "0199c1f3-77aa-7b35-8c10-4f2e6d8b0a91"
STEP = "0199c1f2-6003-7c58-a1b2-93d4e5f60718"

#: Where a schema finds the models that it refers to; ``app.api.openapi`` puts them there.
REFERENCE = "#/components/schemas/{model}"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


def storable(text: str) -> str:
    """The text, if Postgres can store it and it is not blank. Raises ValueError."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def without_nul(text: str) -> str:
    """The text, if Postgres can compare with it. Raises ValueError."""
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


def written_moment(value: object) -> object:
    """The text of a moment; a number, which could be seconds or milliseconds, is none. Raises ValueError."""
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.match(value)):
        return value
    raise ValueError("give a moment with its time zone as in ISO 8601, for example 2026-01-31T09:30:00Z")


Name = Annotated[StrictStr, Field(min_length=1, max_length=500), AfterValidator(storable)]
#: A text that is searched for.
SearchText = Annotated[str, Field(max_length=500), AfterValidator(without_nul)]
#: A moment with its time zone.
Moment = Annotated[AwareDatetime, BeforeValidator(written_moment)]
#: A revision of the catalog, as Postgres counts them.
RevisionNumber = Annotated[StrictInt, Field(ge=1, lt=2**63)]
WorkflowId = Annotated[str, Path(description="The id of a workflow.", examples=[WORKFLOW])]
ExecutionId = Annotated[str, Path(description="The id of an execution.", examples=[EXECUTION])]
EventId = Annotated[str, Path(description="The id of an event.", examples=[EVENT])]
ApprovalId = Annotated[str, Path(description="The id of an approval.", examples=[APPROVAL])]


def documented(
    example: Any, *, extra: Literal["allow", "ignore", "forbid"] = "ignore", populate_by_name: bool = False
) -> ConfigDict:
    """A model's configuration with an example for OpenAPI."""
    return ConfigDict(json_schema_extra={"examples": [example]}, extra=extra, populate_by_name=populate_by_name)


def path_of(**parameters: tuple[str, str]) -> list[dict[str, Any]]:
    """The documentation of parameters in the path that a route reads itself: the description of each and an example."""
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {"type": "string", "description": description, "examples": [example]},
        }
        for name, (description, example) in parameters.items()
    ]


def body_of(*schemas: type[BaseModel], required: bool = True) -> dict[str, Any]:
    """The documentation of a body, one of these, that a route reads itself; if not ``required``, null is no body."""
    found = [schema.model_json_schema(ref_template=REFERENCE) for schema in schemas]
    if not required:
        found.append({"type": "null"})
    schema = found[0] if len(found) == 1 else {"anyOf": found}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}

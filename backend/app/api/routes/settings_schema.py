"""``/workflows/schema``: the JSON Schema of a workflow's settings, from which a page draws its form."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException, Response

from app.access.scopes import requires
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.schemas.workflows import SettingsSchema, WorkflowBody
from app.flow_control.spec import flow_schema

router = make_router("/workflows", tag="workflows")

#: Settings that are no flow control.
PLAIN = ("name", "description", "is_active")


@router.get("/schema", dependencies=[requires()], response_model=SettingsSchema)
def get_settings_schema() -> Response:
    """The JSON Schema of the members of a workflow beside its definition and its trigger."""
    return respond(settings_schema())


@router.api_route("/schema", dependencies=[requires()], methods=["PUT", "DELETE"], include_in_schema=False)
def refuse_schema() -> Response:
    """405; without this, ``schema`` would be taken for the id of a workflow."""
    raise HTTPException(405)


def settings_schema() -> dict[str, Any]:
    plain = WorkflowBody.model_json_schema()["properties"]
    return {
        "type": "object",
        "properties": {**{key: plain[key] for key in PLAIN}, **flow_schema()},
        "required": ["name"],
    }

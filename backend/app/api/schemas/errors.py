"""The responses to requests that fail, as OpenAPI documents them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from app.api.schemas.common import documented


class RequestProblemRead(BaseModel):
    """A part of a request that is not valid."""

    type: str
    loc: list[str | int] = Field(description="Where it is, such as `body`, `name`.")
    msg: str


class ProblemRead(BaseModel):
    """A part of a definition that is wrong, or that may not do what its author means."""

    model_config = documented(
        {
            "code": "UNKNOWN_NODE_TYPE",
            "message": "Node mail has the type sendmail, which does not exist.",
            "node_id": "mail",
            "pointer": "/nodes/2/type",
        }
    )

    code: str = Field(description="A stable word for programs.")
    message: str
    node_id: str | None = None
    edge_id: str | None = None
    pointer: str = Field("", description="A JSON Pointer into the document.")


class ErrorRead(BaseModel):
    """Why a request failed: a sentence, or one entry for each problem."""

    detail: str | list[ProblemRead | RequestProblemRead]


#: What each status means here, and an example of its ``detail``.
_MEANINGS: dict[int, tuple[str, Any]] = {
    400: (
        "The DAG is not valid",
        [{"code": "CYCLE_DETECTED", "message": "The nodes a, b form a cycle.", "pointer": "/nodes"}],
    ),
    401: (
        "No valid credentials",
        "This request has no credentials; send a key as `Authorization: Bearer tg_…`.",
    ),
    403: ("Not allowed", "A web page of https://elsewhere.example may not write here; add its origin to CORS_ORIGINS."),
    404: ("Does not exist", "Execution 0199… does not exist."),
    408: ("The body took too long", "The body did not arrive within 30 s; 512 bytes of it did."),
    409: ("Not possible in the current state", "Execution 0199… is COMPLETED and cannot be paused."),
    412: ("Changed since", "The workflow was saved by somebody else since."),
    413: ("Too large", "The body has 2000000 bytes; MAX_BODY_BYTES allows 1000000."),
    415: ("The body's encoding is not supported", "The Content-Encoding 'br' is not supported; send gzip."),
    429: ("Too many requests", "The key ci may make 100 requests a second; try again."),
    421: ("Unknown Host", "The Host 'attacker.example' is not a name of this API; add it to ALLOWED_HOSTS."),
    422: (
        "The request is not valid",
        [{"type": "extra_forbidden", "loc": ["query", "state"], "msg": "The query parameter 'state' is unknown."}],
    ),
    500: ("A fault of Trigraph", "Internal error (KeyError); the log of the API has the traceback."),
    503: ("Postgres is not available", "The database is not available; try again soon."),
}

#: Statuses that every route can have.
EVERYWHERE = (421, 422, 500)
#: Statuses of routes that ask Postgres; that change something; that read a body.
WITH_DATABASE = (503,)
WITH_WRITES = (403,)
WITH_BODY = (408, 413, 415)


def errors_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of these responses, for ``responses=`` of a route; ``app.api.openapi`` adds their schema."""
    return {status: _response_of(status) for status in statuses}


def _response_of(status: int) -> dict[str, Any]:
    meaning, detail = _MEANINGS[status]
    media = {"schema": {"$ref": "#/components/schemas/ErrorRead"}, "example": {"detail": detail}}
    return {"description": meaning, "content": {"application/json": media}}


def unhealthy(model: type[BaseModel], example: Any) -> dict[int | str, dict[str, Any]]:
    """The documentation of a response of 503 that is not an error, but the state of the service."""
    content = {"application/json": {"example": example}}
    return {503: {"model": model, "description": "Postgres is not available", "content": content}}


def pages_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of responses that are HTML pages; without APPROVAL_SECRET there are none, which is JSON."""
    page = {"schema": {"type": "string"}, "example": "<!doctype html> …"}
    documented = errors_of(*statuses)
    for response in documented.values():
        response["content"] = {"text/html": page, **response["content"]}
    return documented


def schemas_of_errors() -> dict[str, Any]:
    """The schemas that these responses name, for the components of an OpenAPI document."""
    schema = ErrorRead.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "ErrorRead": schema}

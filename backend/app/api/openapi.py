"""The OpenAPI document: FastAPI's, with the errors that each operation can have, and an example of each response."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.routing import Route

from app.access.credentials import COOKIE
from app.access.scopes import Requirement, requirements_in
from app.api.schemas.errors import WITH_BODY, WITH_DATABASE, WITH_WRITES, errors_of, schemas_of_errors

Operation = dict[str, Any]
#: What each path and method needs of its caller.
RequirementsByOperation = dict[tuple[str, str], tuple[Requirement, ...]]
#: The package of the models that have examples.
SCHEMAS = "app.api.schemas."
#: How a caller shows who it is; the scopes of an operation are named beside each of them.
SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a token of the OpenID provider."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The session of a browser."},
}
#: Operations that do not ask Postgres, or that report its state.
WITHOUT_DATABASE = frozenset({"/", "/health", "/v1/health", "/node-types"})


#: The document as JSON, once it is made: all apps of a process have the same routes.
_made: list[str] = []
_making = threading.Lock()


def install(app: FastAPI) -> None:
    """
    Have the app serve the completed document; each of its routes is built here, before there are threads.

    The document is made when it is first asked for, and kept as text: making it takes 0.7 s of CPU, and leaves 10 MB in
    the process.
    """
    needed = requirements_by_operation(app)
    app.state.operations = documented_operations(app)
    fastapi_document = app.openapi

    def read_document() -> Operation:
        with _making:
            if not _made:
                _made.append(json.dumps(make_document(fastapi_document(), needed)))
        document: Operation = json.loads(_made[0])
        return document

    def serve_document(request: Request) -> Response:
        """In a thread, so that other requests go on meanwhile."""
        document, root = read_document(), request.scope.get("root_path", "").rstrip("/")
        return JSONResponse({**document, "servers": [{"url": root}]} if root else document)

    app.openapi = read_document  # type: ignore[method-assign]
    url = str(app.openapi_url)
    app.router.routes = [
        Route(url, serve_document) if getattr(route, "path", None) == url else route for route in app.router.routes
    ]


def make_document(document: Operation, needed: RequirementsByOperation) -> Operation:
    """FastAPI's document, completed; its examples and errors follow from the routes alone."""
    schemas = document["components"]["schemas"]
    schemas |= schemas_of_errors()
    document["components"]["securitySchemes"] = SCHEMES
    restore_examples(schemas)
    for path, method, operation in operations_of(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            schemas |= take_definitions(media.get("schema", {}))
        add_security(operation, needed[path, method.upper()])
        add_errors(path, method, operation)
        for status, response in operation["responses"].items():
            if status < "300":
                add_examples(response.get("content", {}), document)
        add_examples(operation.get("requestBody", {}).get("content", {}), document)
    return document


def requirements_by_operation(app: FastAPI) -> RequirementsByOperation:
    """What each path and method needs of its caller."""
    return {
        (str(route.path_format), method): requirements_in(route.dependencies)
        for route in iter_route_contexts(app.routes)
        if hasattr(route, "dependencies")
        for method in route.methods or ()
    }


def documented_operations(app: FastAPI) -> frozenset[tuple[str, str]]:
    """The path and method of each operation of the document, without making it."""
    return frozenset(
        (str(route.path_format), method)
        for route in iter_route_contexts(app.routes)
        if hasattr(route, "dependencies") and route.include_in_schema
        for method in route.methods or ()
    )


def add_security(operation: Operation, needed: Sequence[Requirement]) -> None:
    """Document the scopes of an operation, and the errors without them; an open one says why it is open."""
    scopes = [each.scopes for each in needed if each.scopes]
    if any(each.is_open for each in needed):
        operation["security"] = []
        return
    choices = [sorted({scope.value for scope in choice}) for choice in product(*scopes)]
    operation["security"] = [{scheme: choice} for scheme in SCHEMES for choice in choices]
    for status, response in errors_of(401, 429, *([403] if scopes else ())).items():
        operation["responses"].setdefault(str(status), response)


def restore_examples(schemas: dict[str, Any]) -> None:
    """Put the examples of our models in again: FastAPI removes every null from its document."""
    models = {model.__name__: model for model in subclasses_of(BaseModel) if model.__module__.startswith(SCHEMAS)}
    for name, schema in schemas.items():
        extra = models[name].model_config.get("json_schema_extra") if name in models else None
        if isinstance(extra, dict):
            schema |= extra


def subclasses_of(parent: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All classes below a class."""
    for child in parent.__subclasses__():
        yield child
        yield from subclasses_of(child)


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Each operation with its path and its method."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def take_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """Remove the models that the schema of a body brings with it: a reference finds them among all others."""
    found: dict[str, Any] = schema.pop("$defs", {})
    for option in schema.get("anyOf", ()):
        found |= option.pop("$defs", {})
    return found


def add_errors(path: str, method: str, operation: Operation) -> None:
    """Document the errors that follow from what the operation is."""
    statuses: list[int] = []
    if path not in WITHOUT_DATABASE:
        statuses += WITH_DATABASE
    if method in ("post", "put", "delete"):
        statuses += WITH_WRITES
    if "requestBody" in operation or path.startswith("/approvals/links/"):
        statuses += WITH_BODY if method != "get" else ()
    for status, response in errors_of(*statuses).items():
        operation["responses"].setdefault(str(status), response)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def add_examples(content: dict[str, Any], document: dict[str, Any]) -> None:
    """Give each body the example of its schema."""
    for media in content.values():
        if "example" not in media and (example := example_of(media.get("schema", {}), document)) is not None:
            media["example"] = example


def example_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """The first example of a schema; of a list, a list of one."""
    if "$ref" in schema:
        return example_of(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        item = example_of(schema.get("items", {}), document)
        return None if item is None else [item]
    found = [example_of(option, document) for option in schema.get("anyOf", ())]
    return next((example for example in found if example is not None), None)

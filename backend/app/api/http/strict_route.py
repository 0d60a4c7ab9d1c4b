"""A route that refuses query parameters which it does not have: a misspelt filter would answer with everything."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from app.access.scopes import requirements_in

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """Unknown query parameters get 422, which names them and the known ones."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        known = sorted(set(query_names(self.dependant)))
        requirements = requirements_in(self.dependencies)

        async def strict(request: Request) -> Response:
            # First, before anything of the request is read; FastAPI asks again, which costs nothing.
            for requirement in requirements:
                await requirement(request)
            require_known_parameters(request, known)
            return await handle(request)

        return strict


def require_known_parameters(request: Request, known: Iterable[str]) -> None:
    """Raises RequestValidationError if the query has a parameter that is not known."""
    if not request.scope["query_string"]:
        return
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        hint = f"known are {', '.join(known)}" if known else "this path has none"
        raise RequestValidationError(
            [
                {
                    "type": "extra_forbidden",
                    "loc": ("query", name[:100]),
                    "msg": f"The query parameter {name[:100]!r} is unknown; {hint}.",
                }
                for name in unknown
            ]
        )


def query_names(dependant: Dependant) -> Iterator[str]:
    """The names of the query parameters of a route and of its dependencies."""
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from query_names(below)

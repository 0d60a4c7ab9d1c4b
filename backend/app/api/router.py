"""Routers of the API, and what all of their routes have in common."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app.api.http.strict_route import StrictRoute
from app.api.schemas.errors import EVERYWHERE, errors_of


def make_router(prefix: str = "", *, tag: str, route_class: type[APIRoute] = StrictRoute) -> APIRouter:
    """A router whose routes refuse query parameters that they do not have, unless another class is given."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=route_class,
        generate_unique_id_function=operation_id,
        responses=errors_of(*EVERYWHERE),
    )


def operation_id(route: APIRoute) -> str:
    """The name of the route's function: stable, and readable in a generated client."""
    return route.name


def add_routes(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add the routes themselves: of a router that is included, FastAPI copies each with its models, 2.5 MB in all."""
    app.router.routes += [route for router in routers for route in router.routes]

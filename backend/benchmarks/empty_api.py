"""Our API with one more route, which reads a body and does nothing: the floor of every hot route."""

from __future__ import annotations

from fastapi import Request, Response

from app.api.dependencies import ContextDep
from app.api.http.bodies import Body
from app.api.http.raw_route import RawBodyRoute
from app.main import app

__all__ = ["app"]


def post_nothing(request: Request, body: Body, context: ContextDep) -> Response:
    """Nothing."""
    return Response(b"{}", media_type="application/json")


app.router.add_api_route("/empty", post_nothing, methods=["POST"], route_class_override=RawBodyRoute)

"""Node type ``http_request``: call another service; a status of 400 or more fails the step."""

from __future__ import annotations

from typing import Any

from app.engine.toolkit.http_calls import VERBATIM, HttpRequestData, make_call, parse_json
from app.engine.toolkit.request_advice import request_advice

from ..registry import HandlerResult, Services


class HttpRequest:
    type = "http_request"
    title = "HTTP request"
    category = "Calls"
    icon = "globe"
    summary = ("{method} {url}", "{url}")
    fields = ("status_code", "headers", "body")
    outputs = fields
    exempt_fields = ("status_code",)
    needs_input = False
    verbatim = VERBATIM
    Data = HttpRequestData
    advice = staticmethod(request_advice)

    async def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        answer = await make_call(HttpRequestData.model_validate(data), services, fail_on_status=True)
        body = parse_json(answer.text, otherwise=answer.text)
        return HandlerResult(result={"status_code": answer.status_code, "headers": answer.headers, "body": body})


handler = HttpRequest()

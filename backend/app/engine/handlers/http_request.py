"""Node type ``http_request``: ask another service, and fail where it says no."""

from __future__ import annotations

from typing import Any

from ..registry import HandlerResult, Services
from .http_call import HttpRequestData, as_json, ask


class HttpRequest:
    type = "http_request"
    title = "HTTP request"
    needs_input = False
    Data = HttpRequestData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        answer = ask(HttpRequestData.model_validate(data), services, fail_on_status=True)
        body = as_json(answer.text, otherwise=answer.text)
        return HandlerResult(result={"status_code": answer.status_code, "headers": answer.headers, "body": body})


handler = HttpRequest()

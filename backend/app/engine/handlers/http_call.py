"""Node type ``http_call``: call another service, whatever the status of its answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.engine.toolkit.http_calls import VERBATIM, HttpRequestData, make_call, parse_json
from app.engine.toolkit.request_advice import request_advice

from ..registry import HandlerResult, Services

#: Characters of an answer that are kept as ``text``.
KEPT_CHARACTERS = 500
#: Characters that are searched for secrets before the text is cut: a secret must not be divided by the cut.
SEARCHED_CHARACTERS = 200_000


class HttpCallData(HttpRequestData):
    fail_on_status: bool = Field(False, description="True: a status of 400 or more fails the step.")


class HttpCall:
    type = "http_call"
    title = "HTTP call"
    category = "Calls"
    icon = "globe"
    summary = ("{method} {url}", "{url}")
    fields = ("status_code", "headers", "text", "json")
    outputs = fields
    exempt_fields = ("status_code",)
    needs_input = False
    verbatim = VERBATIM
    Data = HttpCallData
    advice = staticmethod(request_advice)

    async def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        call = HttpCallData.model_validate(data)
        answer = await make_call(call, services, fail_on_status=call.fail_on_status)
        return HandlerResult(
            result={
                "status_code": answer.status_code,
                "headers": answer.headers,
                "text": services.redact(answer.text[:SEARCHED_CHARACTERS])[:KEPT_CHARACTERS],
                "json": parse_json(answer.text),
            }
        )


handler = HttpCall()

"""Node type ``call_external_service``: call another service, which is simulated in development."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.engine.toolkit.http_calls import VERBATIM, HttpRequestData, make_call, parse_json
from app.engine.toolkit.mocks import MOCK, delayed_result, is_mock_response, is_simulated
from app.engine.toolkit.request_advice import request_advice

from ..registry import HandlerResult, Services


class ExternalServiceData(HttpRequestData):
    mock: Any = Field(None, description=MOCK)


class CallExternalService:
    type = "call_external_service"
    title = "Call an external service"
    category = "Calls"
    icon = "globe"
    summary = ("{method} {url}", "{url}")
    fields = ("status_code", "url", "method", "response")
    exempt_fields = ("status_code",)
    needs_input = False
    verbatim = VERBATIM
    Data = ExternalServiceData
    advice = staticmethod(request_advice)

    async def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        call = ExternalServiceData.model_validate(data)
        if is_mock_response(call.mock):
            return HandlerResult(result=_result(call, 200, call.mock))
        if is_simulated(call.mock, services.simulates):
            return delayed_result(_result(call, 200, _simulated(call)))
        answer = await make_call(call, services, fail_on_status=True)
        response = parse_json(answer.text, otherwise=answer.text)
        return HandlerResult(result=_result(call, answer.status_code, response))


def _result(call: ExternalServiceData, status: int, response: Any) -> dict[str, Any]:
    return {"status_code": status, "url": call.url, "method": call.method.upper(), "response": response}


def _simulated(call: ExternalServiceData) -> dict[str, Any]:
    message = f"This answer is simulated: {call.method.upper()} {call.url} was not called."
    return {"simulated": True, "message": message}


handler = CallExternalService()

"""Node type ``llm_service``: ask a language model, which is simulated in development."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.engine.toolkit.http_calls import VERBATIM
from app.engine.toolkit.mocks import MOCK, delayed_result, is_mock_response, is_simulated
from app.errors import StepFailed

from ..registry import HandlerResult, Services
from .llm import LlmData, complete, simulated


class LlmServiceData(LlmData):
    mock: Any = Field(None, description=MOCK)


class LlmService:
    type = "llm_service"
    title = "Language model service"
    category = "Calls"
    icon = "sparkles"
    summary = ("{prompt}",)
    fields = ("model", "response", "usage")
    exempt_fields = ("usage",)
    needs_input = False
    verbatim = VERBATIM
    Data = LlmServiceData

    async def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        question = LlmServiceData.model_validate(data)
        has_model = bool(services.language_model.url)
        if is_mock_response(question.mock):
            return HandlerResult(result={**simulated(question, services), "response": question.mock})
        if is_simulated(question.mock, services.simulates and not has_model):
            return delayed_result(simulated(question, services))
        if not has_model:
            message = f"Node {node_id} needs a language model: set LLM_BASE_URL, or mock to true."
            raise StepFailed(message, kind="NotConfigured", retry=False)
        return HandlerResult(result=await complete(question, services))


handler = LlmService()

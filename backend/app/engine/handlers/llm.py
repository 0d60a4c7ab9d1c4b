"""Node type ``llm``: ask a language model at an OpenAI-compatible endpoint for chat completions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.engine.services.http.exchange import Answer
from app.engine.services.language_model import LanguageModel
from app.engine.toolkit.http_calls import (
    VERBATIM,
    CredentialName,
    HttpRequestData,
    Timeout,
    make_call,
    parse_json,
    trust_everything,
)
from app.errors import StepFailed
from app.logic.redaction import redact

from ..registry import HandlerResult, Services

#: Seconds to wait for an answer if the node sets no ``timeout``.
ANSWER_TIMEOUT = 120.0
#: Characters of a prompt that a simulated answer quotes, and of the endpoint's message that an error quotes.
QUOTED_CHARACTERS = 200
#: Statuses with which the endpoint refuses the key: its message may hold a part of the key.
KEY_REFUSED = (401, 403)


class LlmData(BaseModel):
    model_config = ConfigDict(extra="allow")

    prompt: Any = Field(description="The question to the model; an object or a list is written as JSON.")
    system: Any = Field(None, description="Instructions to the model, before the prompt.")
    model: str | None = Field(None, description="The model; LLM_MODEL if it is left out.")
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, description="The most tokens of the answer.")
    timeout: Timeout = None
    auth: CredentialName = None

    @field_validator("prompt", "system")
    @classmethod
    def _as_text(cls, value: Any) -> str | None:
        return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    @field_validator("prompt")
    @classmethod
    def _is_given(cls, value: str | None) -> str:
        if not value or not value.strip():
            raise ValueError("it is empty; write the question")
        return value


class Llm:
    type = "llm"
    title = "Language model"
    category = "Calls"
    icon = "sparkles"
    summary = ("{prompt}",)
    fields = ("model", "response", "usage")
    exempt_fields = ("usage",)
    needs_input = False
    verbatim = VERBATIM
    Data = LlmData

    async def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        question = LlmData.model_validate(data)
        if not services.language_model.url:
            return HandlerResult(result=simulated(question, services))
        return HandlerResult(result=await complete(question, services))


async def complete(question: LlmData, services: Services) -> dict[str, Any]:
    """The model's answer. Raises StepFailed, with a retry after 429, 5xx, and if no answer came."""
    model = services.language_model
    try:
        answer = await make_call(_build_request_data(question, model), trust_everything(services), fail_on_status=False)
    except StepFailed as error:
        raise StepFailed(redact(str(error), [model.secret]), kind=error.kind, retry=error.retry) from None
    answer = replace(answer, text=services.redact(redact(answer.text, [model.secret])))
    if answer.status_code != 200:
        raise _status_error(answer)
    return _read_completion(answer, question.model or model.name)


def simulated(question: LlmData, services: Services) -> dict[str, Any]:
    """An answer that says that it is simulated; the same for the same prompt."""
    prompt = services.redact(question.prompt)
    text = f"This answer is simulated, no language model was asked. The prompt was: {prompt[:QUOTED_CHARACTERS]}"
    prompted, completed = (len(each.split()) for each in (f"{question.system or ''} {prompt}", text))
    usage = {"prompt_tokens": prompted, "completion_tokens": completed, "total_tokens": prompted + completed}
    return {"model": question.model or services.language_model.name, "response": text, "usage": usage}


def _build_request_data(question: LlmData, model: LanguageModel) -> HttpRequestData:
    # A node with a credential of its own is not sent with the key of the deployment.
    has_key = bool(model.secret) and question.auth is None
    return HttpRequestData(
        method="POST",
        url=f"{model.url.rstrip('/')}/chat/completions",
        headers={"Authorization": f"Bearer {model.secret}"} if has_key else None,
        auth=question.auth,
        body=_body(question, model),
        timeout=ANSWER_TIMEOUT if question.timeout is None else question.timeout,
    )


def _body(question: LlmData, model: LanguageModel) -> dict[str, Any]:
    messages = [{"role": "user", "content": question.prompt}]
    if question.system:
        messages.insert(0, {"role": "system", "content": question.system})
    options = {"temperature": question.temperature, "max_tokens": question.max_tokens}
    given = {key: value for key, value in options.items() if value is not None}
    return {"model": question.model or model.name, "messages": messages, **given}


def _status_error(answer: Answer) -> StepFailed:
    """The failure for a status other than 200; retried for 429 and 5xx, which may pass."""
    message = f"The language model's endpoint answered {answer.status_code}"
    words = parse_json(answer.text)
    if answer.status_code not in KEY_REFUSED and isinstance(words, dict) and isinstance(words.get("error"), dict):
        message = f"{message}: {str(words['error'].get('message'))[:QUOTED_CHARACTERS]}"
    may_pass = answer.status_code == 429 or answer.status_code >= 500
    return StepFailed(f"{message.rstrip('.')}.", kind="HttpStatus", retry=may_pass)


def _read_completion(answer: Answer, model: str) -> dict[str, Any]:
    found = parse_json(answer.text)
    try:
        text = found["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        message = "The language model's endpoint did not return a chat completion."
        raise StepFailed(message, kind="InvalidAnswer") from None
    return {"model": found.get("model") or model, "response": text, "usage": found.get("usage")}


handler = Llm()

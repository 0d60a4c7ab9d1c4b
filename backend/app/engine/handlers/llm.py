"""Node type ``llm``: ask a language model, at any endpoint for chat completions as OpenAI has it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.engine.services.language_model import LanguageModel
from app.errors import StepFailed
from app.logic.redaction import redact

from ..registry import HandlerResult, Services
from .http_call import Answer, HttpRequestData, Timeout, as_json, ask

#: Seconds to wait for an answer where the node does not say.
PATIENCE = 120.0
#: Characters of a prompt that a simulated answer cites, and of the endpoint's own words that an error does.
CITED = 200
#: Statuses with which the endpoint says who we are not: its words may hold a part of the key.
UNKNOWN_TO_THEM = (401, 403)


class LlmData(BaseModel):
    model_config = ConfigDict(extra="allow")

    prompt: Any = Field(description="What the model is asked; an object or a list is put as JSON.")
    system: Any = Field(None, description="What the model is told before.")
    model: str | None = Field(None, description="The model; none: LLM_MODEL.")
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, description="Of the answer.")
    timeout: Timeout = None

    @field_validator("prompt", "system")
    @classmethod
    def _as_text(cls, value: Any) -> str | None:
        return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    @field_validator("prompt")
    @classmethod
    def _is_given(cls, value: str | None) -> str:
        if not value or not value.strip():
            raise ValueError("there is nothing to ask")
        return value


class Llm:
    type = "llm"
    title = "Language model"
    needs_input = False
    Data = LlmData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        question = LlmData.model_validate(data)
        if not services.language_model.url:
            return HandlerResult(result=simulated(question, services))
        return HandlerResult(result=complete(question, services))


def complete(question: LlmData, services: Services) -> dict[str, Any]:
    """The model's answer. Raises StepFailed, which is tried again after 429, 5xx, and where no answer came."""
    model = services.language_model
    # The address is the deployment's own and not an author's: it may be a private one.
    trusting = replace(services, allow_private_addresses=True)
    try:
        answer = ask(_call(question, model), trusting, fail_on_status=False)
    except StepFailed as error:
        raise StepFailed(redact(str(error), [model.secret]), kind=error.kind, retry=error.retry) from None
    answer = replace(answer, text=services.redact(redact(answer.text, [model.secret])))
    if answer.status_code != 200:
        raise _refused(answer)
    return _read(answer, question.model or model.name)


def simulated(question: LlmData, services: Services) -> dict[str, Any]:
    """An answer that says that it is none; the same for the same prompt."""
    prompt = services.redact(question.prompt)
    text = f"This answer is simulated, no language model was asked. The prompt was: {prompt[:CITED]}"
    asked, said = (len(each.split()) for each in (f"{question.system or ''} {prompt}", text))
    usage = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
    return {"model": question.model or services.language_model.name, "response": text, "usage": usage}


def _call(question: LlmData, model: LanguageModel) -> HttpRequestData:
    return HttpRequestData(
        method="POST",
        url=f"{model.url.rstrip('/')}/chat/completions",
        headers={"Authorization": f"Bearer {model.secret}"} if model.secret else None,
        body=_body(question, model),
        timeout=PATIENCE if question.timeout is None else question.timeout,
    )


def _body(question: LlmData, model: LanguageModel) -> dict[str, Any]:
    messages = [{"role": "user", "content": question.prompt}]
    if question.system:
        messages.insert(0, {"role": "system", "content": question.system})
    said = {"temperature": question.temperature, "max_tokens": question.max_tokens}
    said = {key: value for key, value in said.items() if value is not None}
    return {"model": question.model or model.name, "messages": messages, **said}


def _refused(answer: Answer) -> StepFailed:
    """What the endpoint said instead; only what may pass is worth another try."""
    message = f"The language model's endpoint answered {answer.status_code}"
    words = as_json(answer.text)
    if answer.status_code not in UNKNOWN_TO_THEM and isinstance(words, dict) and isinstance(words.get("error"), dict):
        message = f"{message}: {str(words['error'].get('message'))[:CITED]}"
    may_pass = answer.status_code == 429 or answer.status_code >= 500
    return StepFailed(f"{message.rstrip('.')}.", kind="HttpStatus", retry=may_pass)


def _read(answer: Answer, model: str) -> dict[str, Any]:
    found = as_json(answer.text)
    try:
        text = found["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        message = "The language model's endpoint answered something that is no chat completion."
        raise StepFailed(message, kind="InvalidAnswer") from None
    return {"model": found.get("model") or model, "response": text, "usage": found.get("usage")}


handler = Llm()

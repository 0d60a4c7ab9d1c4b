"""Node type ``http_call``: ask another service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

import requests
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from urllib3.exceptions import NewConnectionError

from app.engine.services.guarded_http import session
from app.errors import StepFailed
from app.graph.durations import parse_seconds

from ..registry import HandlerResult, Services

#: Bytes of an answer that are read; a longer one fails the step.
LONGEST = 10_000_000
#: Characters of an answer that are kept as text.
KEPT = 500
#: Seconds to wait for an answer where the node does not say.
PATIENCE = 30.0


def _is_longer_than_nothing(value: Any) -> Any:
    if value is not None and parse_seconds(value) <= 0:
        raise ValueError("timeout must be longer than 0")
    return value


#: A field of a node's data: how long to wait for the other side.
Timeout = Annotated[Any, AfterValidator(_is_longer_than_nothing), Field(description='Seconds, or a text like "5s".')]


class HttpRequestData(BaseModel):
    model_config = ConfigDict(extra="allow")

    method: str = Field("GET", pattern=r"^[A-Za-z]{1,20}$|\{\{")
    url: str = Field(description="http:// or https://", min_length=1)
    headers: dict[str, Any] | None = Field(None, description="A header that is null is left out.")
    body: Any = Field(None, description="An object or a list is sent as JSON, a text as it is.")
    timeout: Timeout = None


class HttpCallData(HttpRequestData):
    fail_on_status: bool = Field(False, description="True: a status of 400 or more fails the step.")


class HttpCall:
    type = "http_call"
    title = "HTTP call"
    needs_input = False
    Data = HttpCallData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        call = HttpCallData.model_validate(data)
        answer = ask(call, services, fail_on_status=call.fail_on_status)
        return HandlerResult(
            result={
                "status_code": answer.status_code,
                "headers": answer.headers,
                "text": services.redact(answer.text)[:KEPT],
                "json": as_json(answer.text),
            }
        )


@dataclass(frozen=True)
class Answer:
    """What the other service answered."""

    status_code: int
    headers: dict[str, str]
    text: str


def ask(call: HttpRequestData, services: Services, *, fail_on_status: bool) -> Answer:
    """Raises StepFailed where no answer comes, and, if told so, where its status is 400 or more."""
    try:
        answer = _ask(call, services)
    except requests.RequestException as error:
        raise StepFailed(f"{call.method} {call.url}: {_reason(error)}", kind=type(error).__name__) from error
    if fail_on_status and answer.status_code >= 400:
        raise StepFailed(f"{call.method} {call.url} answered {answer.status_code}.", kind="HttpStatus")
    return answer


def _ask(call: HttpRequestData, services: Services) -> Answer:
    patience = PATIENCE if call.timeout is None else parse_seconds(call.timeout)
    with (
        session(allow_private=services.allow_private_addresses, own=services.own_services) as http,
        http.request(
            call.method.upper(),
            call.url,
            headers=_headers(call, services.idempotency_key),
            data=_body(call.body),
            timeout=patience,
            stream=True,
        ) as response,
    ):
        content = _read(response)
        text = content.decode(response.encoding or "utf-8", "replace")
        return Answer(response.status_code, dict(response.headers), text)


def _headers(call: HttpRequestData, key: str) -> dict[str, str]:
    headers = {name: str(value) for name, value in (call.headers or {}).items() if value is not None}
    names = {name.lower() for name in headers}
    if "idempotency-key" not in names:
        headers["Idempotency-Key"] = key
    if isinstance(call.body, (dict, list)) and "content-type" not in names:
        headers["Content-Type"] = "application/json"
    return headers


def _body(body: Any) -> bytes | None:
    if body is None:
        return None
    return (body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "surrogatepass")


def _read(response: requests.Response) -> bytes:
    content = b""
    for chunk in response.iter_content(65536):
        content += chunk
        if len(content) > LONGEST:
            raise StepFailed(f"{response.url} answered more than {LONGEST} bytes.", kind="AnswerTooLarge", retry=False)
    return content


def as_json(text: str, otherwise: Any = None) -> Any:
    """The value of the text; ``otherwise`` where it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return otherwise


def _reason(error: requests.RequestException) -> str:
    if type(error) is requests.exceptions.InvalidURL:  # its own words cite a part of the URL, which may divide a secret
        return "this URL cannot be parsed."
    reason = getattr(error.args[0], "reason", error) if error.args else error
    if isinstance(reason, NewConnectionError):
        return str(reason).partition(": ")[2]
    return str(reason)


handler = HttpCall()

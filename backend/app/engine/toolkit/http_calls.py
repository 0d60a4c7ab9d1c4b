"""Data of the node types that call other services, and the call that it describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, TypeGuard

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.deferred import Deferred
from app.engine.registry import Services
from app.engine.services.http.body import encode_body
from app.engine.services.http.exchange import Answer, Request
from app.engine.services.http.guard import Guard
from app.engine.services.http.headers import build_headers
from app.engine.services.http.url import add_params
from app.errors import StepFailed, TooLarge
from app.graph.durations import parse_seconds
from app.graph.names import quote
from app.logic.templates import has_raw_placeholder
from app.secrets.credentials import NAME
from app.storage.json_text import loads

if TYPE_CHECKING:
    from app.engine.services.http import client
else:
    client = Deferred("app.engine.services.http.client")

#: Seconds to wait for an answer if the node sets no ``timeout``.
ANSWER_TIMEOUT = 30.0


def _require_positive(value: Any) -> Any:
    if value is not None and parse_seconds(value) <= 0:
        raise ValueError(f"it is {quote(value)}; it must be greater than 0")
    return value


#: A field of a node's data: how long to wait for the other side.
Timeout = Annotated[Any, AfterValidator(_require_positive), Field(description='Seconds, or a text like "5s".')]


def _check_credential_name(name: str | None) -> str | None:
    if name is not None and not NAME.fullmatch(name):
        raise ValueError(f"it is {quote(name)}; write the name of a credential, without a template")
    return name


#: A field of a node's data: the credential that authorizes its request. No template, so that no payload chooses it.
CredentialName = Annotated[
    str | None,
    AfterValidator(_check_credential_name),
    Field(description="The name of a credential, which is sent to its hosts only."),
]
#: Keys of the data of these nodes whose text is not a template.
VERBATIM = ("auth",)


class HttpRequestData(BaseModel):
    """A request, as a node's data describes it."""

    model_config = ConfigDict(extra="allow")

    method: str = Field("GET", pattern=r"^[A-Za-z]{1,20}$|\{\{")
    url: str = Field(description="http:// or https://", min_length=1)
    params: dict[str, Any] | None = Field(
        None, description="Added to the query of the URL, each encoded; a list gives one several times, null none."
    )
    headers: dict[str, Any] | None = Field(None, description="A header that is null is left out.")
    body: Any = Field(None, description="Text is sent as it is, everything else as JSON.")
    form: dict[str, Any] | None = Field(
        None, description="Instead of a body: fields of a form, sent as application/x-www-form-urlencoded."
    )
    timeout: Timeout = None
    follow_redirects: bool = Field(True, description="False: an answer that redirects is the result.")
    auth: CredentialName = None

    @model_validator(mode="after")
    def _has_one_body(self) -> HttpRequestData:
        if self.body is not None and self.form is not None:
            raise ValueError("body and form are both given; give one of them")
        return self


def body_advice(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """A warning for JSON that is written as text with placeholders: a value with a ``"`` would change its structure."""
    headers, body = data.get("headers"), data.get("body")
    types = [value for name, value in headers.items() if name.lower() == "content-type"] if _is_object(headers) else []
    is_json = any("json" in str(value).lower() for value in types)
    if is_json and isinstance(body, str) and has_raw_placeholder(body):
        remedy = "write the body as an object, or give each placeholder the filter json"
        yield "body", "JSON_AS_TEXT", f"it is JSON as text, and values with quotation marks break it; {remedy}"


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


async def make_call(data: HttpRequestData, services: Services, *, fail_on_status: bool) -> Answer:
    """
    The answer to the request that a node's data describes.

    The step's idempotency key is sent as ``Idempotency-Key``, unless the author sets that header, and the header of
    its credential to the hosts of that. Raises StepFailed if no whole answer comes, and, with ``fail_on_status``, for a
    status of 400 or more.
    """
    request = build_request(data, services.idempotency_key)
    if data.auth is not None:
        request = replace(request, authorization=services.authorize(data.auth))
    answer = await client.send_request(request, _guard(services))
    if fail_on_status and answer.status_code >= 400:
        raise StepFailed(f"{request.method} {request.url} answered {answer.status_code}.", kind="HttpStatus")
    return answer


def build_request(data: HttpRequestData, idempotency_key: str) -> Request:
    """Raises StepFailed, without a retry, for headers or a body that cannot be sent."""
    method = data.method.upper()
    try:
        headers = build_headers(data.headers)
        names = {name.lower(): name for name in headers}
        written = headers[names["content-type"]] if "content-type" in names else None
        body, content_type = encode_body(data.body, data.form, written)
        url = add_params(data.url, data.params)
    except (StepFailed, TooLarge) as error:
        kind = error.kind if isinstance(error, StepFailed) else "InvalidData"
        raise StepFailed(f"{method} {data.url}: {error}", kind=kind, retry=False) from None
    if content_type:
        headers[names.get("content-type", "Content-Type")] = content_type
    if "idempotency-key" not in names:
        headers["Idempotency-Key"] = idempotency_key
    timeout = ANSWER_TIMEOUT if data.timeout is None else parse_seconds(data.timeout)
    return Request(method, url, headers, body, timeout, data.follow_redirects)


def _guard(services: Services) -> Guard:
    return Guard(
        allow_private=services.allow_private_addresses, own=services.own_services, closed=services.closed_places
    )


def trust_everything(services: Services) -> Services:
    """Services for a call to an address that the deployment sets, not an author: every address may be reached."""
    return replace(services, allow_private_addresses=True, closed_places=frozenset())


def parse_json(text: str, otherwise: Any = None) -> Any:
    """The value of JSON text; ``otherwise`` if it is not JSON."""
    try:
        return loads(text)
    except (ValueError, RecursionError):
        return otherwise

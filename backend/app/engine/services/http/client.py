"""Send a request, follow its redirects, and read the whole answer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

import requests
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar, get_cookie_header
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError

from app.engine.services.http.guard import Guard, session
from app.engine.services.http.charsets import decode_text
from app.engine.services.http.codings import ACCEPTED, decode_content
from app.engine.services.http.headers import decode_value, encode_value, read_answer_headers
from app.engine.services.http.url import TargetUrl, parse_target, resolve_location
from app.errors import StepFailed

#: Bytes of an answer that are read, and that it may have once decoded; a longer one fails the step.
MAX_ANSWER_BYTES = 10_000_000
MAX_REDIRECTS = 10
#: Statuses that redirect, if they have a ``Location``.
REDIRECTS = frozenset([301, 302, 303, 307, 308])
#: Headers that may follow a redirect to another origin: they carry no credentials and name nobody.
PORTABLE_HEADERS = frozenset(
    ["accept", "accept-encoding", "accept-language", "cache-control", "content-language", "content-type", "user-agent"]
)
#: Headers of a body, which go when a redirect drops it.
_BODY_HEADERS = ("content-type", "content-encoding", "content-language", "content-location", "digest")
USER_AGENT = "Trigraph"

_extract_cookies: Callable[..., None] = extract_cookies_to_jar
_cookie_header: Callable[..., str | None] = get_cookie_header


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    #: As its author wrote it; messages name it.
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    #: Seconds to wait for the connection, and for each part of the answer.
    timeout: float = 30.0
    #: False: the answer with the redirect is the result.
    follow_redirects: bool = True


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status_code: int
    #: Text by name; several ``Set-Cookie`` are a list.
    headers: Mapping[str, Any]
    text: str


def send_request(request: Request, guard: Guard) -> Answer:
    """
    The answer to a request, after its redirects.

    301 and 302 turn POST into GET, 303 all methods but HEAD, without the body; everything else keeps method and body
    (RFC 9110, 15.4; Fetch, 4.4). Only ``PORTABLE_HEADERS`` go to another origin. An author's ``Cookie`` stays with its
    own; cookies that answers set on the way are sent where they belong.

    Raises StepFailed: with ``retry`` False where a repetition cannot help.
    """
    cookies = RequestsCookieJar()
    hop = request
    with session(allow_private=guard.allow_private, own=guard.own, closed=guard.closed) as http:
        for _ in range(MAX_REDIRECTS + 1):
            answer = _call_once(http, hop, cookies)
            if isinstance(answer, Answer):
                return answer
            hop = answer
    message = f"{request.method} {request.url}: it was redirected more than {MAX_REDIRECTS} times."
    raise StepFailed(message, kind="TooManyRedirects", retry=False)


def _call_once(http: requests.Session, hop: Request, cookies: RequestsCookieJar) -> Answer | Request:
    """One request: its answer, or the request that its redirect asks for."""
    try:
        target = parse_target(hop.url)
        prepared = _prepare(hop, target, cookies)
        adapter = http.get_adapter(target.encoded)
        with adapter.send(prepared, stream=True, timeout=hop.timeout, verify=http.verify or True) as response:
            _extract_cookies(cookies, prepared, response.raw)
            locations = response.raw.headers.getlist("Location") if hop.follow_redirects else []
            location = decode_value(locations[0]).strip() if locations else ""
            if location and response.status_code in REDIRECTS:
                return _redirect(hop, target, response.status_code, location)
            return _read_answer(response)
    except StepFailed as error:
        raise StepFailed(f"{hop.method} {hop.url}: {error}", kind=error.kind, retry=error.retry) from error.__cause__
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        kind, reason = _describe(error, hop)
        raise StepFailed(f"{hop.method} {hop.url}: {reason}", kind=kind) from error


def _prepare(hop: Request, target: TargetUrl, cookies: RequestsCookieJar) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method = hop.method
    prepared.url = target.encoded
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED, "Accept": "*/*"}
    prepared.headers = CaseInsensitiveDict(headers)
    prepared.headers.update({name: encode_value(value) for name, value in hop.headers.items()})
    if target.login:
        prepared.headers.setdefault("Authorization", _basic(target.login))
    _add_cookies(prepared, cookies)
    if hop.body is not None:
        prepared.headers["Content-Length"] = str(len(hop.body))
    prepared.body = hop.body
    return prepared


def _basic(login: str) -> str:
    user, _, password = login.partition(":")
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def _add_cookies(prepared: requests.PreparedRequest, cookies: RequestsCookieJar) -> None:
    """The author's cookies, and those of the jar that belong here; a cookie that a server set anew replaces one."""
    written = prepared.headers.pop("Cookie", None)
    found = _cookie_header(cookies, prepared) or ""
    pairs = {}
    for pair in filter(None, (part.strip() for part in f"{written or ''};{found}".split(";"))):
        pairs[pair.partition("=")[0]] = pair
    if pairs:
        prepared.headers["Cookie"] = "; ".join(pairs.values())


def _redirect(hop: Request, target: TargetUrl, status: int, location: str) -> Request:
    url = resolve_location(target.encoded, location)
    following = parse_target(url)
    headers = dict(hop.headers)
    if not target.origin.trusts(following.origin):
        headers = {name: value for name, value in headers.items() if name.lower() in PORTABLE_HEADERS}
    elif target.login and not following.login:
        headers = {"Authorization": _basic(target.login), **headers}
    drops_body = (status in (301, 302) and hop.method == "POST") or (status == 303 and hop.method != "HEAD")
    if not drops_body:
        return replace(hop, url=url, headers=headers)
    headers = {name: value for name, value in headers.items() if name.lower() not in _BODY_HEADERS}
    return replace(hop, url=url, method="GET", headers=headers, body=None)


def _read_answer(response: requests.Response) -> Answer:
    raw: HTTPResponse = response.raw
    content = bytearray()
    for chunk in raw.stream(65_536, decode_content=False):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise _too_large()
    headers = read_answer_headers(raw.headers)
    transfer = raw.headers.get("Transfer-Encoding", "").lower().replace("chunked", "")
    codings = f"{raw.headers.get('Content-Encoding', '')},{transfer}"
    decoded = decode_content(bytes(content), codings, limit=MAX_ANSWER_BYTES)
    if len(decoded) > MAX_ANSWER_BYTES:
        raise _too_large()
    return Answer(response.status_code, headers, decode_text(decoded, raw.headers.get("Content-Type", "")))


def _too_large() -> StepFailed:
    message = f"the answer has more than {MAX_ANSWER_BYTES:,} bytes, which is the most that is read."
    return StepFailed(message, kind="AnswerTooLarge", retry=False)


def _describe(error: Exception, hop: Request) -> tuple[str, str]:
    """The kind of a failure, and its reason as a sentence that shows no name of our own classes."""
    cause: Any = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    cause = getattr(cause, "reason", None) or cause
    if isinstance(cause, ReadTimeoutError) or isinstance(error, requests.ReadTimeout):
        return "ReadTimeout", f"no answer came within {hop.timeout:g} s."
    if isinstance(error, requests.ConnectTimeout):
        return "ConnectTimeout", f"no connection was made within {hop.timeout:g} s."
    if isinstance(cause, NewConnectionError):
        return "ConnectionError", f"{str(cause).partition(': ')[2]}."
    if isinstance(error, requests.RequestException):
        return type(error).__name__, f"{_innermost(cause)}."
    return "ChunkedEncodingError", f"the answer broke off: {_innermost(cause)}."


def _innermost(error: Any) -> str:
    """The words of the error that others wrap."""
    while isinstance(error, ProtocolError) and len(error.args) > 1 and isinstance(error.args[1], Exception):
        error = error.args[1]
    return str(error).rstrip(".") or type(error).__name__

"""Send a request, follow its redirects, and read the whole answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, CookieJar
from multidict import CIMultiDict
from yarl import URL

from app.engine.services.http.answers import read_answer
from app.engine.services.http.authorization import basic, check_target, covers
from app.engine.services.http.codings import ACCEPTED
from app.engine.services.http.connector import expect_addresses
from app.engine.services.http.exchange import Answer, Request
from app.engine.services.http.failures import describe_failure
from app.engine.services.http.guard import Guard
from app.engine.services.http.headers import decode_header
from app.engine.services.http.sessions import open_session
from app.engine.services.http.url import TargetUrl, parse_target, resolve_location
from app.errors import StepFailed

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


async def send_request(request: Request, guard: Guard) -> Answer:
    """
    The answer to a request, after its redirects.

    301 and 302 turn POST into GET, 303 all methods but HEAD, without the body; everything else keeps method and body
    (RFC 9110, 15.4; Fetch, 4.4). Only ``PORTABLE_HEADERS`` go to another origin. An author's ``Cookie`` stays with its
    own; cookies that answers set on the way are sent where they belong. A cancelled call closes its connection.
    The header of its authorization goes to no other host, whatever the hosts of the credential are; a value that is
    refused with 401 is renewed once.

    Raises StepFailed: with ``retry`` False where a repetition cannot help.
    """
    session = await open_session(guard)
    cookies = CookieJar(unsafe=True, quote_cookie=False)
    _check_authorization(request)
    hop, may_renew = request, True
    for _ in range(MAX_REDIRECTS + 1):
        value = await _read_authorization(hop, guard)
        answer = await _call_once(session, hop, cookies, value)
        if may_renew and _was_refused(answer) and hop.authorization and hop.authorization.renew(value or ""):
            may_renew = False
            answer = await _call_once(session, hop, cookies, await _read_authorization(hop, guard))
        if isinstance(answer, Answer):
            return answer
        hop = answer
    message = f"{request.method} {request.url}: it was redirected more than {MAX_REDIRECTS} times."
    raise StepFailed(message, kind="TooManyRedirects", retry=False)


def _check_authorization(request: Request) -> None:
    if request.authorization is None:
        return
    try:
        target = parse_target(request.url)
        names = {name.lower() for name in request.headers}
        check_target(request.authorization, target.origin, names, has_login=bool(target.login))
    except StepFailed as error:
        raise StepFailed(f"{request.method} {request.url}: {error}", kind=error.kind, retry=error.retry) from None


async def _read_authorization(hop: Request, guard: Guard) -> str | None:
    """The value of the header that authorizes a request; it is not among the request's own."""
    return None if hop.authorization is None else await hop.authorization.read_value(guard)


def _was_refused(answer: Answer | Request) -> bool:
    return isinstance(answer, Answer) and answer.status_code == 401


async def _call_once(
    session: ClientSession, hop: Request, cookies: CookieJar, authorization: str | None = None
) -> Answer | Request:
    """One request: its answer, or the request that its redirect asks for."""
    try:
        target = parse_target(hop.url)
        url = URL(target.encoded, encoded=True)
        expect_addresses()
        async with session.request(
            hop.method,
            url,
            headers=_build_headers(hop, target, cookies.filter_cookies(url) if cookies else {}, authorization),
            data=hop.body,
            allow_redirects=False,
            timeout=ClientTimeout(connect=hop.timeout, sock_read=hop.timeout),
        ) as response:
            cookies.update_cookies_from_headers(response.headers.getall("Set-Cookie", []), url)
            return _follow_redirect(hop, target, response) or await read_answer(response)
    except StepFailed as error:
        raise StepFailed(f"{hop.method} {hop.url}: {error}", kind=error.kind, retry=error.retry) from error.__cause__
    except (ClientError, OSError, ValueError) as error:
        kind, reason = describe_failure(error, timeout=hop.timeout)
        raise StepFailed(f"{hop.method} {hop.url}: {reason}", kind=kind) from error


def _build_headers(
    hop: Request, target: TargetUrl, cookies: Mapping[str, Any], authorization: str | None
) -> CIMultiDict[str]:
    headers = CIMultiDict({"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED, "Accept": "*/*"})
    headers.update({name: value.encode("utf-8", "replace").decode() for name, value in hop.headers.items()})
    if target.login:
        headers.setdefault("Authorization", basic(target.login))
    if cookie := _join_cookies(headers.popall("Cookie", []), cookies):
        headers["Cookie"] = cookie
    if hop.authorization is not None and authorization is not None:
        headers[hop.authorization.header] = authorization.encode("utf-8", "replace").decode()
    return headers


def _join_cookies(written: Sequence[str], found: Mapping[str, Any]) -> str:
    """The author's cookies, and those of the jar that belong here; a cookie that a server set anew replaces one."""
    pairs = {}
    for pair in filter(None, (part.strip() for part in ";".join(written).split(";"))):
        pairs[pair.partition("=")[0]] = pair
    pairs.update({name: f"{name}={morsel.value}" for name, morsel in found.items()})
    return "; ".join(pairs.values())


def _follow_redirect(hop: Request, target: TargetUrl, response: ClientResponse) -> Request | None:
    """The request that a redirect asks for; None where the answer is the result."""
    if response.status == 101:
        response.close()
        raise StepFailed("the answer is 101 Switching Protocols, which was not asked for.", kind="ConnectionError")
    if not hop.follow_redirects or response.status not in REDIRECTS:
        return None
    locations = [value for name, value in response.raw_headers if name.lower() == b"location"]
    location = decode_header(locations[0]).strip() if locations else ""
    return _redirect(hop, target, response.status, location) if location else None


def _redirect(hop: Request, target: TargetUrl, status: int, location: str) -> Request:
    url = resolve_location(target.encoded, location)
    following = parse_target(url)
    headers, authorization = dict(hop.headers), hop.authorization
    is_trusted = target.origin.trusts(following.origin)
    if authorization is not None and not (is_trusted and covers(authorization, following.origin)):
        authorization = None
    if not is_trusted:
        headers = {name: value for name, value in headers.items() if name.lower() in PORTABLE_HEADERS}
    elif target.login and not following.login:
        headers = {"Authorization": basic(target.login), **headers}
    drops_body = (status in (301, 302) and hop.method == "POST") or (status == 303 and hop.method != "HEAD")
    if not drops_body:
        return replace(hop, url=url, headers=headers, authorization=authorization)
    headers = {name: value for name, value in headers.items() if name.lower() not in _BODY_HEADERS}
    return replace(hop, url=url, method="GET", headers=headers, body=None, authorization=authorization)

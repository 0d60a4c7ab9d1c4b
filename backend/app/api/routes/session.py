"""``/session`` and ``/me``: sign-in at the studio, and who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.access.authenticator import Authenticator
from app.access.caller import Caller
from app.access.credentials import COOKIE, Credentials
from app.access.keys import digest_of, make_token
from app.access.scopes import open_to_all, requires
from app.access.sign_in import Attempt, SignIn
from app.api.dependencies import AppContext, CallerDep, ContextDep, SessionDep
from app.api.http.bodies import parsed
from app.api.http.responses import respond
from app.api.router import make_router
from app.api.schemas.access import MeRead, SessionBody, SignedOut, SignInRead
from app.api.schemas.common import body_of
from app.api.schemas.errors import errors_of
from app.errors import Conflict, Unauthenticated
from app.storage.access import sessions
from app.storage.access.audit import record_deed
from app.storage.orm import cursor_of

router = make_router(tag="access")

SIGN_IN = open_to_all("People who sign in have no session yet; what they send is checked.")
#: The cookie of a sign-in that has begun at the provider, and the seconds that it lasts.
ATTEMPT = "trigraph_sign_in"
ATTEMPT_LASTS = 600

SessionBodyDep = Annotated[SessionBody, Depends(parsed(SessionBody))]


async def authenticator_of(request: Request) -> Authenticator:
    authenticator: Authenticator = request.app.state.gate.authenticator
    return authenticator


AuthenticatorDep = Annotated[Authenticator, Depends(authenticator_of)]


@router.get("/me", dependencies=[requires()], response_model=MeRead)
def get_me(caller: CallerDep, context: ContextDep) -> Response:
    """The caller: its name, and what it may do."""
    return respond(show_caller(caller, context))


@router.get("/session", dependencies=[SIGN_IN], response_model=SignInRead)
def get_ways_in(context: ContextDep, authenticator: AuthenticatorDep) -> Response:
    """How people sign in at the studio: not at all, with a key, or also at an OpenID provider."""
    people = authenticator.people
    login = "/session/login" if people and people.sign_in else None
    return respond({"auth": context.settings.auth, "login": login})


@router.post(
    "/session",
    dependencies=[SIGN_IN],
    status_code=201,
    response_model=MeRead,
    responses=errors_of(401, 409),
    openapi_extra=body_of(SessionBody),
)
def open_session(
    given: SessionBodyDep,
    request: Request,
    context: ContextDep,
    session: SessionDep,
    authenticator: AuthenticatorDep,
) -> Response:
    """Sign in with a key: the response sets the cookie of a session, which ends with the key at the latest."""
    if context.settings.auth == "off":
        raise Conflict("AUTH is off, so there is nothing to sign in to.")
    if authenticator.roster.may_look_again() or not authenticator.roster.is_fresh:
        authenticator.roster.refresh()
    caller = authenticator.find_grant(Credentials(key=given.key.strip())).caller
    response = respond(show_caller(caller, context), 201)
    start_session(request, response, context, session, caller)
    return response


@router.delete("/session", dependencies=[SIGN_IN], response_model=SignedOut)
def close_session(request: Request, session: SessionDep, authenticator: AuthenticatorDep) -> Response:
    """Sign out: the session ends, and its cookie is removed."""
    if token := request.cookies.get(COOKIE):
        with session.begin():
            sessions.delete_session(session, digest_of(token))
        authenticator.roster.expire()
    response = respond({"status": "signed out"})
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get(
    "/session/login", dependencies=[SIGN_IN], status_code=302, response_class=RedirectResponse, responses=errors_of(409)
)
def begin_sign_in(
    request: Request,
    context: ContextDep,
    authenticator: AuthenticatorDep,
    next: Annotated[str, Query(description="The path that is shown afterwards.")] = "/",
) -> Response:
    """Send the browser to the OpenID provider."""
    attempt = Attempt.begin(next)
    response = RedirectResponse(sign_in_of(authenticator).address(attempt, callback_of(request, context)), 302)
    # Lax: the browser comes back from the provider's site.
    response.set_cookie(
        ATTEMPT,
        attempt.to_text(),
        max_age=ATTEMPT_LASTS,
        path="/session",
        httponly=True,
        samesite="lax",
        secure=is_secure(request, context),
    )
    return response


@router.get(
    "/session/callback",
    dependencies=[SIGN_IN],
    status_code=302,
    response_class=RedirectResponse,
    responses=errors_of(401, 409),
)
def finish_sign_in(
    request: Request,
    context: ContextDep,
    session: SessionDep,
    authenticator: AuthenticatorDep,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Where the OpenID provider sends the browser back to."""
    sign_in, attempt = sign_in_of(authenticator), Attempt.from_text(request.cookies.get(ATTEMPT, ""))
    if attempt is None or not code:
        reason = f"The OpenID provider says {error[:100]!r}" if error else "There is no sign-in under way"
        raise Unauthenticated(f"{reason}; begin again at /session/login.")
    claims = sign_in.finish(attempt, state=state, code=code, callback=callback_of(request, context))
    response = RedirectResponse(attempt.next, 302)
    start_session(request, response, context, session, authenticator.person(claims))
    response.delete_cookie(ATTEMPT, path="/session")
    return response


def sign_in_of(authenticator: Authenticator) -> SignIn:
    """The sign-in at the provider. Raises Conflict if there is none."""
    if authenticator.people is None or authenticator.people.sign_in is None:
        raise Conflict("People cannot sign in at a provider here: that needs AUTH=oidc and OIDC_CLIENT_ID.")
    return authenticator.people.sign_in


def start_session(
    request: Request, response: Response, context: AppContext, session: SessionDep, caller: Caller
) -> None:
    """Store a session of a caller, and have the response set its cookie."""
    token, hours = make_token(), context.settings.session_hours
    client = request.client
    with session.begin():
        sessions.create_session(
            session,
            digest_of(token),
            name=caller.name,
            key_id=caller.key_id,
            scopes=[scope.value for scope in caller.scopes],
            hours=hours,
        )
        at = Caller(caller.name, caller.kind, caller.scopes, caller.key_id, address=client.host if client else None)
        record_deed(cursor_of(session), at, "sign_in", "session", None)
    request.app.state.gate.authenticator.roster.expire()
    # Strict: no page of another site makes the browser send it, not even by a link.
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(hours * 3600),
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_secure(request, context),
    )


def callback_of(request: Request, context: AppContext) -> str:
    """The address to which the provider sends the browser back; it must be registered there."""
    return f"{(context.settings.external_url or str(request.base_url)).rstrip('/')}/session/callback"


def is_secure(request: Request, context: AppContext) -> bool:
    """True if browsers reach the API by https."""
    return (context.settings.external_url or str(request.url)).startswith("https:")


def show_caller(caller: Caller, context: AppContext) -> dict[str, object]:
    return {
        "name": caller.name,
        "kind": caller.kind.value,
        "scopes": sorted(scope.value for scope in caller.scopes),
        "workflow_prefix": caller.workflow_prefix,
        "auth": context.settings.auth,
        "environment": context.settings.environment,
    }

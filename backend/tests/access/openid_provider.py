"""A small OpenID provider on a port: code flow with PKCE, and signing keys that rotate. Signed by joserfc."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT = "studio"
AUDIENCE = "trigraph"


class OpenIdProvider:
    """Issues tokens for whoever asks; ``person`` is the one who signs in at its page."""

    def __init__(self) -> None:
        self.issuer = ""
        self.keys: list[Any] = []
        #: How often the keys were asked for.
        self.asked = 0
        #: True while it answers every request with an error.
        self.is_down = False
        self.person: dict[str, Any] = {"sub": "u1", "email": "ann@example.com", "groups": ["sales"]}
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()

    def rotate(self, kind: str = "RSA") -> None:
        """Sign with a new key from now on; those of before are withdrawn."""
        parameters = {"kid": secrets.token_hex(4), "use": "sig"}
        self.keys = [
            RSAKey.generate_key(2048, parameters) if kind == "RSA" else ECKey.generate_key("P-256", parameters)
        ]

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        every = {"iss": self.issuer, "aud": AUDIENCE, "iat": now, "exp": now + 300, **self.person, **changed}
        return {name: value for name, value in every.items() if value is not None}

    def token(self, *, algorithm: str = "RS256", key: Any = None, kid: str | None = "", **changed: Any) -> str:
        """A signed token; a claim that is None is left out."""
        key = key or self.keys[-1]
        named = key.kid if kid == "" else kid
        header = {"alg": algorithm, **({"kid": named} if named else {})}
        return jwt.encode(header, self.claims(**changed), key, algorithms=[algorithm])

    def public_pem(self) -> bytes:
        pem: bytes = self.keys[-1].as_pem(private=False)
        return pem

    def authorize(self, query: dict[str, str]) -> RedirectResponse:
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}", 302)

    def exchange(self, form: dict[str, str]) -> JSONResponse:
        query = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        same = query and all(form.get(name) == query[name] for name in ("client_id", "redirect_uri"))
        if not query or not same or challenge != query["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = self.token(aud=CLIENT, nonce=query["nonce"])
        return JSONResponse({"id_token": token, "access_token": token, "token_type": "Bearer"})


def forge(pem: bytes, claims: dict[str, Any], kid: str) -> str:
    """A token signed with HMAC, with the text of a public key as the secret: libraries refuse to make one."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(hmac.digest(pem, signed, "sha256")).rstrip(b"=")
    return b".".join([signed, signature]).decode()


def app_of(provider: OpenIdProvider) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def fail_while_down(request: Request, call_next: Any) -> Any:
        return JSONResponse({}, 503) if provider.is_down else await call_next(request)

    @app.get("/.well-known/openid-configuration")
    def configuration() -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": provider.issuer, **{name: f"{provider.issuer}/{path}" for name, path in names.items()}}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        provider.asked += 1
        return {"keys": [key.as_dict(private=False) for key in provider.keys]}

    @app.get("/authorize")
    def authorize(request: Request) -> RedirectResponse:
        return provider.authorize(dict(request.query_params))

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        fields = parse_qs((await request.body()).decode())
        return provider.exchange({name: values[0] for name, values in fields.items()})

    return app


@contextmanager
def running_provider() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider()
    server = uvicorn.Server(uvicorn.Config(app_of(provider), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "The provider did not start."
        time.sleep(0.01)
    provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()


def main() -> None:
    """``python -m tests.access.openid_provider``: print the issuer; each line of input is the next person."""
    with running_provider() as provider:
        print(provider.issuer, flush=True)
        for line in sys.stdin:
            provider.person = json.loads(line)
            print("ok", flush=True)


if __name__ == "__main__":
    main()

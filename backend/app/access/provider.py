"""The OpenID provider: its configuration, its public keys, and the exchange of a code for a token."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3

from app.deferred import Deferred
from app.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    import jwt
else:
    jwt = Deferred("jwt")

log = logging.getLogger(__name__)

#: Seconds between two questions for the keys, however many tokens name a key that is not known.
REFETCH_AFTER = 10.0
#: Seconds after which the keys are read again, so that one that the provider has withdrawn is not accepted for long.
KEYS_LAST = 300.0
#: Seconds for which keys are used while the provider cannot be reached.
KEYS_LAST_OFFLINE = 3600.0
TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)
#: Types of keys that have a public part.
PUBLIC = ("RSA", "EC", "OKP")
#: Bytes of an answer of the provider.
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class _Keys:
    by_id: Mapping[str | None, jwt.PyJWK]
    #: By the monotonic clock.
    fetched_at: float


class Provider:
    """One OpenID provider; it is asked when it is needed first."""

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self._clock = clock
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=urllib3.Retry(1, redirect=0))
        self._lock = threading.Lock()
        self._configuration: dict[str, Any] | None = None
        self._keys = _Keys({}, float("-inf"))
        self._tried_at = float("-inf")

    def key(self, id: str | None) -> jwt.PyJWK:
        """The public key of this id, None: the only one. Raises Unauthenticated, Unavailable. May block."""
        keys = self._read_keys(lambda keys: self._choose(keys, id) is not None)
        found = self._choose(keys, id)
        if found is None:
            raise Unauthenticated(
                f"The token is signed with a key that {self.issuer} does not have.", has_credentials=True
            )
        return found

    def endpoint(self, name: str) -> str:
        """An endpoint of its configuration, such as ``token_endpoint``. Raises Unavailable."""
        if self._configuration is None:
            found = self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise Unavailable(
                    f"The OpenID provider says that its issuer is {found.get('issuer')!r}; OIDC_ISSUER is"
                    f" {self.issuer!r}. They must be the same."
                )
            self._configuration = found
        url = self._configuration.get(name)
        if not isinstance(url, str):
            raise Unavailable(f"The configuration of the OpenID provider {self.issuer} has no {name}.")
        return url

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint to a code. Raises Unauthenticated, Unavailable."""
        url = self.endpoint("token_endpoint")
        try:
            response = self._pool.request("POST", url, fields=dict(form), encode_multipart=False)
            answer = json.loads(response.data)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Unavailable(f"The OpenID provider does not answer at {url}: {error}.") from error
        if response.status != 200 or not isinstance(answer, dict):
            reason = answer.get("error") if isinstance(answer, dict) else response.status
            raise Unauthenticated(f"The OpenID provider refuses the sign-in: {str(reason)[:100]}.")
        return answer

    @staticmethod
    def _choose(keys: _Keys, id: str | None) -> jwt.PyJWK | None:
        if id is None and len(keys.by_id) == 1:
            return next(iter(keys.by_id.values()))
        return keys.by_id.get(id)

    def _read_keys(self, suffices: Callable[[_Keys], bool]) -> _Keys:
        """The keys: those that are known if they suffice and are new enough, else those of the provider."""
        if suffices(self._keys) and self._clock() - self._keys.fetched_at < KEYS_LAST:
            return self._keys
        with self._lock:
            now = self._clock()
            if now - self._tried_at >= REFETCH_AFTER:
                self._tried_at = now
                try:
                    self._keys = _Keys(keys_of(self._fetch(self.endpoint("jwks_uri"))), now)
                except Unavailable as error:
                    log.warning("%s The keys of before are used.", error)
            if now - self._keys.fetched_at > KEYS_LAST_OFFLINE:
                raise Unavailable(f"The keys of the OpenID provider {self.issuer} cannot be read; try again soon.")
            return self._keys

    def _fetch(self, url: str) -> dict[str, Any]:
        """A document of the provider. Raises Unavailable."""
        try:
            response = self._pool.request("GET", url, preload_content=False)
            try:
                text = response.read(MOST_BYTES + 1, decode_content=True)
            finally:
                response.release_conn()
            found = json.loads(text) if response.status == 200 and len(text) <= MOST_BYTES else None
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Unavailable(f"The OpenID provider does not answer at {url}: {error}.") from error
        if not isinstance(found, dict):
            raise Unavailable(f"The OpenID provider does not answer at {url}: status {response.status}.")
        return found


def keys_of(document: Mapping[str, Any]) -> dict[str | None, jwt.PyJWK]:
    """The public keys for signatures of a JWKS; keys that are not understood, or secret, are left out."""
    try:
        keys = jwt.PyJWKSet.from_dict(dict(document)).keys
    except jwt.PyJWTError as error:
        raise Unavailable(f"The keys of the OpenID provider cannot be read: {error}.") from error
    return {key.key_id: key for key in keys if key.public_key_use in (None, "sig") and key.key_type in PUBLIC}

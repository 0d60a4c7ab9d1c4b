"""Authorization of requests: a header that only the hosts of a credential receive."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Protocol

from app.engine.services.http.guard import Guard
from app.engine.services.http.headers import CONTROL
from app.engine.services.http.url import Origin
from app.errors import StepFailed
from app.secrets.credentials import Credential


class Authorization(Protocol):
    """What a credential adds to requests."""

    @property
    def credential(self) -> Credential: ...

    #: The name of the header.
    @property
    def header(self) -> str: ...

    async def read_value(self, guard: Guard) -> str:
        """The value of the header. Raises StepFailed."""
        ...

    def renew(self, refused: str) -> bool:
        """Note that a host refused this value; True where the next one may be another."""
        ...


@dataclass(frozen=True)
class FixedHeader:
    """A header whose value does not change."""

    credential: Credential
    header: str
    value: str = field(repr=False)

    async def read_value(self, guard: Guard) -> str:
        return self.value

    def renew(self, refused: str) -> bool:
        return False


def covers(authorization: Authorization, origin: Origin) -> bool:
    return authorization.credential.covers(origin.scheme, origin.host, origin.port)


def check_target(authorization: Authorization, origin: Origin, names: set[str], *, has_login: bool) -> None:
    """
    Raise StepFailed, without a retry, if the first request may not carry the credential.

    ``names`` are the author's headers in small letters: none of them may replace the credential, or lead it elsewhere.
    """
    name, header = authorization.credential.name, authorization.header
    if not covers(authorization, origin):
        hosts = ", ".join(authorization.credential.written_hosts)
        place = f"{origin.scheme}://{origin.host}:{origin.port}"
        raise _auth_error(f"the credential {name} is not sent to {place}; its hosts are {hosts}.")
    if "host" in names:
        raise _auth_error(f"headers has Host, which the credential {name} does not allow; remove it.")
    if header.lower() in names or (has_login and header.lower() == "authorization"):
        written = f"headers has {header}" if header.lower() in names else "the URL has a user"
        raise _auth_error(f"{written}, and the credential {name} sends {header}; keep one of them.")


def check_value(value: str, secret: str) -> str:
    """A secret that a header can carry, without spaces around it. Raises StepFailed, which names the secret."""
    text = value.strip(" \t\r\n")
    if CONTROL.search(text):
        message = f"The secret {secret} has a line break or another control character, which a header cannot carry."
        raise StepFailed(message, kind="InvalidHeader", retry=False)
    return text


def basic(login: str) -> str:
    """The value of ``Authorization`` for ``user:password``; without a colon, the password is empty."""
    user, _, password = login.partition(":")
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def _auth_error(message: str) -> StepFailed:
    return StepFailed(message, kind="InvalidAuth", retry=False)

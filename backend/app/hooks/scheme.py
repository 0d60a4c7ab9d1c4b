"""What every scheme has: a proof to check, and a type, an id and headers to read from a delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.hooks.headers import Headers

#: Headers that are kept with every event of a hook.
COMMON_HEADERS = frozenset({"content-type", "user-agent"})


@dataclass(frozen=True)
class Delivery:
    """A delivery as it arrived."""

    headers: Headers
    #: The bytes as they were sent, before any ``Content-Encoding`` is undone.
    body: bytes
    #: Returns the URL that the sender called; few schemes sign it.
    url: Callable[[], str]
    #: Seconds since 1970, by the clock of Postgres.
    at: float


@dataclass(frozen=True)
class HmacOptions:
    """Where the scheme ``hmac`` finds a signature, and how it was made."""

    header: str
    #: ``sha256``, ``sha1`` or ``sha512``.
    algorithm: str = "sha256"
    #: ``hex`` or ``base64``.
    encoding: str = "hex"
    #: Text before the signature, such as ``sha256=``.
    prefix: str = ""


@dataclass(frozen=True)
class Proof:
    """What deliveries of one hook are checked with."""

    #: The keys of its secrets, each of which is accepted.
    keys: tuple[bytes, ...] = ()
    #: Only for the scheme ``hmac``.
    hmac: HmacOptions | None = None


class Scheme:
    """The defaults of a scheme; the file of each scheme says what is different."""

    name: ClassVar[str]
    #: The challenge of ``WWW-Authenticate`` in a response of 401.
    challenge: ClassVar[str] = "Signature"
    #: Beginnings of the names of its own headers, which are kept with an event.
    header_prefixes: ClassVar[tuple[str, ...]] = ()
    #: Headers among these that are not kept: with a proof, whoever reads the event could send it again.
    withheld: ClassVar[frozenset[str]] = frozenset()
    #: The field of a form that is JSON, and becomes a value.
    json_field: ClassVar[str | None] = None
    needs_secret: ClassVar[bool] = True

    def key_of(self, secret: str) -> bytes:
        """The key of a secret as the sender shows it. Raises ValueError, whose message says what a secret must be."""
        return secret.encode()

    def verify(self, delivery: Delivery, proof: Proof) -> None:
        """Raises DeliveryRefused unless the delivery is genuine and, where the sender signs a time, recent."""
        raise NotImplementedError

    def event_name(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        """What follows the name of the scheme in the type of the event; None: nothing."""
        return None

    def delivery_id(self, headers: Headers, payload: Mapping[str, Any]) -> str | None:
        """The sender's id of the delivery, which its repeats have as well; None: it has none."""
        return None

    def handshake(self, headers: Headers, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """The response to a delivery by which the sender only tries the hook; None: it is an event."""
        return None

    def acknowledgement(self, headers: Headers) -> tuple[bytes, str] | None:
        """The body and media type that an event is answered with; None: the JSON of ``POST /events``."""
        return None

    def event_type(self, headers: Headers, payload: Mapping[str, Any]) -> str:
        """The type of the event, such as ``github.push``."""
        name = self.event_name(headers, payload)
        return f"{self.name}.{name}" if name else self.name

    def kept_headers(self, headers: Headers) -> dict[str, str]:
        """The headers that are kept with the event, ``$event.headers``."""
        return {
            name: value
            for name, value in headers.values.items()
            if name in COMMON_HEADERS or (name.startswith(self.header_prefixes) and name not in self.withheld)
        }


def text_at(value: Any, *path: str) -> str | None:
    """The text at a path of objects, if there is one that is not empty."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None

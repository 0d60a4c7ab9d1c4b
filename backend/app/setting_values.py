"""Values of settings: parsed from their text, or refused with a message that says what is wrong."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from pydantic import AfterValidator, Field

_T = TypeVar("_T")

#: The name of a Celery queue, as ``-Q`` accepts it.
QUEUE = re.compile(r"[\w.:-]{1,100}", re.ASCII)
#: A host name or an address, without a port: one colon is that of a port, several are those of an IPv6 address.
HOST = re.compile(r"[^\s/@?#\[\]:*]+|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.%\w]*", re.IGNORECASE)
#: The origin of a browser page: a scheme, a host and perhaps a port, without a path.
ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^\s/?#@]+")
#: A URL of apprise; what follows the scheme is different for each service.
CHANNEL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
#: Characters of the shortest key that may sign approval links.
SHORTEST_KEY = 16
#: Bytes of a key that encrypts secrets.
KEY_BYTES = 32
#: What a key or a person may be allowed; ``app.access.scopes`` says what each of them means.
SCOPES = (
    *("events:write", "workflows:read", "workflows:write", "executions:read", "executions:write"),
    *("approvals:decide", "secrets:write", "admin"),
)
#: Algorithms of signatures that a public key verifies.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: An API key, as ``trigraph keys create`` makes it; one of the settings may have other characters.
ADMIN_KEY = re.compile(r"tg_[!-~]{43,500}")
#: Seconds; no time among the settings may be longer.
YEAR = 31_536_000
DATABASE_EXAMPLE = "postgresql://user:password@localhost:5432/trigraph"
#: What may follow ``?`` in the URL of the broker: the name of a class that knows the password, options of encryption
#: as redis-py names them, and what kombu takes without using it for Redis.
PROVIDER = "credential_provider"
ENCRYPTION = (
    *("ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_path", "ssl_ca_data", "ssl_check_hostname", "ssl_certfile"),
    *("ssl_keyfile", "ssl_password", "ssl_ciphers", "ssl_validate_ocsp", "ssl_validate_ocsp_stapled"),
)
UNUSED_OPTIONS = ("connect_timeout", "heartbeat", "insist", "login_method")
#: What ``ssl_cert_reqs`` may be.
CERTIFICATE_CHECKS = ("required", "optional", "none", "CERT_REQUIRED", "CERT_OPTIONAL", "CERT_NONE")
BROKER_EXAMPLE = "redis://:password@localhost:6379/0"
SOCKET_EXAMPLE = "redis+socket:///run/redis.sock?virtual_host=0"


def parse_queues(text: str) -> dict[str, str]:
    """``llm=gpu,http_call=io`` as ``{"llm": "gpu", "http_call": "io"}``. Raises ValueError."""
    queues: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        type, _, queue = (part.strip() for part in entry.partition("="))
        if not type or not QUEUE.fullmatch(queue):
            raise ValueError(f"{entry!r} is not a node type and the name of a queue, as in llm=gpu")
        if queues.setdefault(type, queue) != queue:
            raise ValueError(f"the node type {type} has two queues, {queues[type]} and {queue}; keep one of them")
    return queues


def parse_channels(text: str) -> dict[str, list[str]]:
    """``AE=slack://…,mailto://…;ops=json://…`` as a list of URLs for each role. Raises ValueError."""
    channels: dict[str, list[str]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        role, _, urls = (part.strip() for part in entry.partition("="))
        channels[role] = [url.strip() for url in urls.split(",") if url.strip()]
        if not role or not channels[role] or not all(map(CHANNEL.fullmatch, channels[role])):
            example = "AE=slack://…,mailto://…;ops=json://…"
            raise ValueError(f"{hide_channels(entry)!r} is not a role and its apprise URLs; write {example}")
    return channels


def parse_origins(text: str) -> list[str]:
    """``https://a.example, https://b.example`` as a list. Raises ValueError."""
    origins = [origin.strip() for origin in text.split(",") if origin.strip()]
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is not an origin such as http://localhost:5173, which has no path")
    return origins


def parse_hosts(text: str) -> list[str]:
    """``flows.example.com, api`` as a list; ``*`` is every host. Raises ValueError."""
    hosts = [host.strip() for host in text.split(",") if host.strip()]
    for host in hosts:
        if host != "*" and not HOST.fullmatch(host):
            raise ValueError(f"{host!r} is not a host name; write the host name without a port, or * for every host")
    return hosts


def parse_address(url: str) -> tuple[str, int] | None:
    """Host and port of an HTTP URL; None if it is empty. Raises ValueError."""
    if not url:
        return None
    parts = split_url(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
        raise ValueError("not an http:// or https:// URL")
    return parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL; None if its host or port is not valid."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def parse_places(text: str) -> list[tuple[str, int]]:
    """``api:8000,[::1]:6379`` as ``[("api", 8000), ("::1", 6379)]``. Raises ValueError."""
    places = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        host, _, port = entry.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{entry!r} is not a host and a port; write for example api:8000")
        places.append((host.strip("[]").lower(), int(port)))
    return places


def places_of(url: str, port: int) -> list[tuple[str, int]]:
    """The host and port of a URL, or several of them; ``port`` is for a host without one. Empty for a Unix socket."""
    hosts = urlsplit(url.split(";")[0]).netloc.rpartition("@")[2].split(",")
    found = [re.fullmatch(r"\[?([^\[\]]+?)\]?(?::(\d{1,5}))?", host) for host in hosts]
    return [(match[1].lower(), int(match[2] or port)) for match in found if match]


def libpq_url(url: str) -> str:
    """The URL as libpq reads it, without the name of a Python driver."""
    return re.sub(r"^postgres(ql)?(\+psycopg2)?://", "postgresql://", url)


def check_database_url(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        if split_url(url) is None or not libpq_url(url).startswith("postgresql://"):
            raise ValueError
        parse_dsn(libpq_url(url))
    except (ValueError, ProgrammingError):
        raise ValueError(f"not a postgresql:// URL; write for example {DATABASE_EXAMPLE}") from None
    return url


def check_broker_url(url: str | None) -> str | None:
    if url is None:
        return None
    parts = split_url(url)
    if parts is None or parts.scheme not in ("redis", "rediss", "redis+socket"):
        raise ValueError(f"not a redis:// or rediss:// URL; write for example {BROKER_EXAMPLE}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "redis+socket":
        check_broker_socket(parts.path, options)
    elif not parts.hostname or not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError(f"not a redis:// or rediss:// URL; write for example {BROKER_EXAMPLE}")
    else:
        check_broker_options(options)
    return url


def check_broker_socket(path: str, options: dict[str, str]) -> None:
    """The path of a Unix socket, and the number of a database as ``virtual_host``. Raises ValueError."""
    is_plain = path.strip("/") and set(options) <= {"virtual_host", PROVIDER}
    if not is_plain or not re.fullmatch(r"\d+", options.get("virtual_host", "0")):
        raise ValueError(f"not a socket and the number of a database; write for example {SOCKET_EXAMPLE}")


def check_broker_options(options: dict[str, str]) -> None:
    """What follows ``?`` for a server. Raises ValueError."""
    unknown = sorted(options.keys() - {PROVIDER, *ENCRYPTION, *UNUSED_OPTIONS})
    if unknown:
        raise ValueError(f"{unknown[0]} is not an option; options are {', '.join((PROVIDER, *ENCRYPTION))}")
    check = options.get("ssl_cert_reqs", "none")
    if check not in CERTIFICATE_CHECKS:
        raise ValueError(f"ssl_cert_reqs is {check!r}; it must be required, optional or none")


def check_host(host: str) -> str:
    if not HOST.fullmatch(host):
        raise ValueError("not a host name or an address, without a port; write for example localhost")
    return host


def check_key_prefix(prefix: str) -> str:
    if prefix and not QUEUE.fullmatch(prefix):
        raise ValueError("it may have at most 100 letters, digits and the characters _ . : -")
    return prefix


def check_secret(secret: str | None) -> str | None:
    if secret is not None and len(secret) < SHORTEST_KEY:
        raise ValueError(f"it has {len(secret)} characters; use at least {SHORTEST_KEY} that nobody can guess")
    return secret


def parse_secrets_keys(text: str) -> list[bytes]:
    """Keys of 32 bytes in base64, separated by commas, as bytes. Raises ValueError."""
    keys = []
    for number, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        try:
            key = b64decode(entry, validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(f"key {number} is not base64 of {KEY_BYTES} bytes; make one with openssl rand -base64 32")
        keys.append(key)
    return keys


def check_api_key(key: str | None) -> str | None:
    """A key that can be sent in an HTTP header. Raises ValueError."""
    if key is not None and not re.fullmatch(r"[!-~]+", key):
        raise ValueError("it has characters that an HTTP header cannot carry; copy the key again")
    return key


def check_admin_key(key: str | None) -> str | None:
    """``tg_`` and at least 43 characters. Raises ValueError."""
    if key is not None and not ADMIN_KEY.fullmatch(key):
        raise ValueError(
            "it must be tg_ and at least 43 characters that nobody can guess; `trigraph keys create --admin` makes one"
        )
    return key


def parse_scopes_of_groups(text: str) -> dict[str, list[str]]:
    """``ops=admin;sales=workflows:read,executions:read`` as a dictionary. Raises ValueError."""
    scopes: dict[str, list[str]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        group, _, names = (part.strip() for part in entry.rpartition("="))
        granted = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in granted if name not in SCOPES]
        if not group or not granted:
            raise ValueError(f"{entry!r} is not a group and its scopes; write for example ops=admin")
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a scope; scopes are {', '.join(SCOPES)}")
        scopes[group] = [*scopes.get(group, []), *granted]
    return scopes


def parse_algorithms(text: str) -> list[str]:
    """``RS256,ES256`` as a list; only signatures with a private key. Raises ValueError."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in SIGNATURES]
    if unknown or not names:
        raise ValueError(f"it must be some of {', '.join(SIGNATURES)}, separated by commas")
    return names


def check_folder(path: str) -> str:
    if path and Path(path).exists() and not Path(path).is_dir():
        raise ValueError("not a folder; name the folder of the YAML workflow files")
    return path


def checked_by(parse: Callable[[str], object]) -> AfterValidator:
    """A validator that keeps the text if it can be parsed."""

    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def to_upper(value: _T) -> _T | str:
    return value.upper() if isinstance(value, str) else value


def url_host(host: str) -> str:
    """The host as a URL writes it: an IPv6 address is in brackets."""
    return f"[{host}]" if ":" in host else host


def hide_secrets(text: str) -> str:
    """A value without the user and the passwords of a URL, for a message."""
    return re.sub(r"(password=)[^&]*", r"\1***", re.sub(r"://.*@", "://***@", text))


def hide_channels(text: str) -> str:
    """The channels without what follows their schemes: for many services, that is a token."""
    return re.sub(r"://[^,;]*", "://***", text)


Host = Annotated[str, AfterValidator(check_host)]
HttpUrl = Annotated[str, checked_by(parse_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=YEAR)]
RetryDelay = Annotated[float, Field(ge=0, le=1_000_000)]
Bytes = Annotated[int, Field(ge=1, le=1_000_000_000)]

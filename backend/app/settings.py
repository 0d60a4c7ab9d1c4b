"""The settings of a process, read from its environment and checked."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import SplitResult, quote, urlsplit

from annotated_types import Ge, Gt, Le
from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BACKEND = Path(__file__).resolve().parent.parent
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
#: Characters of the shortest secret, a variable that begins with ``SECRET_``.
SHORTEST_SECRET = 4
#: Seconds; no time among the settings may be longer.
YEAR = 31_536_000
DATABASE_EXAMPLE = "postgresql://user:password@localhost:5432/trigraph"
BROKER_EXAMPLE = "redis://:password@localhost:6379/0"
#: Settings whose values are never printed.
SECRETS = frozenset({"postgres_password", "redis_password", "llm_api_key", "approval_secret"})


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
    is_plain = parts and parts.scheme in ("redis", "rediss") and parts.hostname and re.fullmatch(r"/?\d*", parts.path)
    if not is_plain and not url.startswith(("redis+socket://", "sentinel://")):
        raise ValueError(f"not a redis:// or rediss:// URL; write for example {BROKER_EXAMPLE}")
    return url


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


def check_api_key(key: str | None) -> str | None:
    """A key that can be sent in an HTTP header. Raises ValueError."""
    if key is not None and not re.fullmatch(r"[!-~]+", key):
        raise ValueError("it has characters that an HTTP header cannot carry; copy the key again")
    return key


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


Host = Annotated[str, AfterValidator(check_host)]
HttpUrl = Annotated[str, checked_by(parse_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=YEAR)]
RetryDelay = Annotated[float, Field(ge=0, le=1_000_000)]
Bytes = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Settings(BaseSettings):
    """Every environment variable that Trigraph reads; ``.env.example`` lists them with their defaults."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, allow_inf_nan=False)

    #: ``dev`` simulates the services that DAGs call; any other name calls them.
    environment: str = "dev"
    debug: bool = False
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(to_upper)] = "INFO"

    database_url: Annotated[str | None, AfterValidator(check_database_url)] = None
    postgres_host: Host = "localhost"
    postgres_port: Port = 5432
    postgres_user: str = "postgres"
    postgres_password: str = "postgres"
    postgres_database: str = "trigraph"

    redis_url: Annotated[str | None, AfterValidator(check_broker_url)] = None
    redis_host: Host = "localhost"
    redis_port: Port = 6379
    redis_password: str | None = None
    redis_db: int = Field(0, ge=0, le=1_000_000)
    #: Prefix of every key in Redis: installations that share a Redis database need different ones.
    redis_key_prefix: Annotated[str, AfterValidator(check_key_prefix)] = ""
    #: Seconds; the broker keeps no delay that is longer than half of this.
    redis_visibility_timeout: int = Field(3600, ge=1, le=YEAR)

    #: ``transaction`` where a pooler such as PgBouncer may give each transaction another session of Postgres.
    database_pooler: Literal["none", "transaction"] = "none"
    #: Connections to Postgres in one process; a worker with threads needs one for each thread, and three more.
    database_pool_size: int = Field(20, ge=1, le=10_000)
    #: Processes (or threads) in which one worker runs handlers.
    worker_concurrency: int = Field(2, ge=1, le=10_000)
    #: Seconds between two heartbeats of a worker; with each, it renews its leases.
    worker_heartbeat_interval: Seconds = 3.0
    #: Seconds without a heartbeat after which a worker counts as dead, and its steps go to other workers.
    worker_heartbeat_timeout: Seconds = 12.0
    #: Seconds between two passes of the timekeeper.
    timekeeper_interval: Seconds = 1.0
    #: Seconds; longer delays stay in Postgres and reach the broker only when nearly due.
    delay_horizon: Seconds = 5.0
    #: Seconds after which the timekeeper checks whether a wake-up was lost.
    wake_up_grace: Seconds = 5.0
    #: Seconds after which a handler fails, if its node has no ``timeout``.
    handler_timeout: Seconds = 300.0
    #: Worker losses after which a step fails as ``poisoned``.
    max_worker_losses: int = Field(3, ge=1, le=1_000_000)
    #: Seconds that a step waits for a worker that has a handler for its node type, before it fails.
    unknown_type_timeout: Seconds = 120.0
    #: Node types that run only on the workers of a queue: ``llm=gpu,http_call=io``.
    handler_queues: Annotated[str, checked_by(parse_queues)] = ""

    #: Executions of ``/api/workflow`` that run at the same time; the others wait.
    max_concurrent_workflows: int = Field(10, ge=1, le=10_000)

    #: The retries of a DAG's nodes without a ``retry_config``; delays in seconds.
    retry_max_retries: int = Field(3, ge=0, le=1000)
    retry_initial_delay: RetryDelay = 1.0
    retry_max_delay: RetryDelay = 60.0

    #: Days for which an ``Idempotency-Key`` is kept; after that, the same key is a new one.
    idempotency_days: int = Field(30, ge=1, le=3650)

    #: Bytes of an event, a parameter set or a definition as JSON.
    max_body_bytes: Bytes = 1_000_000
    #: Seconds in which a client must send the whole body of a request.
    body_timeout: Seconds = 30.0
    #: Bytes of one step's output as JSON.
    max_output_bytes: Bytes = 1_000_000
    #: Bytes of all items of a ``for_each`` as JSON, and of all results of its children.
    max_collected_bytes: Bytes = 16_000_000
    #: Nodes of one graph.
    max_nodes: int = Field(10_000, ge=1, le=1_000_000)

    #: The folder of YAML workflow files that are registered at start; empty: ``workflows`` beside the backend.
    workflows_dir: Annotated[str, AfterValidator(check_folder)] = ""
    #: The URL of the demo service; empty: the one in the shipped workflow files. Handlers may call it.
    demo_url: HttpUrl = ""

    #: Origins from which a browser may call the API, separated by commas.
    cors_origins: Annotated[str, checked_by(parse_origins)] = "http://localhost:5173"
    #: Names by which clients reach the API, separated by commas; localhost and IP addresses are always allowed.
    allowed_hosts: Annotated[str, checked_by(parse_hosts)] = ""
    #: Where people reach the API from outside, for links in messages; empty: the Host of the request.
    external_url: HttpUrl = ""
    #: True lets ``http_call`` reach private addresses; link-local and metadata addresses are never reached.
    http_allow_private: bool = False
    #: True lets ``http_call`` reach the API, Postgres and Redis of this deployment.
    http_allow_own: bool = False
    #: Further hosts and ports that ``http_call`` may not reach: ``api:8000,cache:6379``.
    http_deny: Annotated[str, checked_by(parse_places)] = ""
    #: The URL of the API as workers reach it; empty: ``http://localhost:8000``.
    public_url: HttpUrl = ""
    #: Where notifications go: ``AE=slack://…,mailto://…;ops=json://…`` (apprise URLs by role).
    notification_channels: Annotated[str, checked_by(parse_channels)] = ""
    #: The URL of a language model, without ``/chat/completions``; empty: its answers are simulated.
    llm_base_url: HttpUrl = ""
    llm_api_key: Annotated[str | None, AfterValidator(check_api_key)] = None
    #: The model of nodes that name none.
    llm_model: str = "gpt-4o-mini"
    #: The key that signs approval links; None: no links are offered.
    approval_secret: Annotated[str | None, AfterValidator(check_secret)] = None

    @model_validator(mode="after")
    def _leases_outlive_renewals(self) -> Settings:
        interval, timeout = self.worker_heartbeat_interval, self.worker_heartbeat_timeout
        if timeout <= interval:
            message = f"WORKER_HEARTBEAT_TIMEOUT={timeout:g} must be longer than WORKER_HEARTBEAT_INTERVAL={interval:g}"
            raise ValueError(message)
        return self

    @cached_property
    def database(self) -> str:
        """The libpq URL of Postgres; ``DATABASE_URL`` wins over ``POSTGRES_*``."""
        if self.database_url:
            return libpq_url(self.database_url)
        user, password = quote(self.postgres_user, safe=""), quote(self.postgres_password, safe="")
        host, database = url_host(self.postgres_host), quote(self.postgres_database, safe="")
        return f"postgresql://{user}:{password}@{host}:{self.postgres_port}/{database}"

    @cached_property
    def broker(self) -> str:
        """The URL of the broker; ``REDIS_URL`` wins over ``REDIS_*``."""
        if self.redis_url:
            return self.redis_url
        password = f":{quote(self.redis_password, safe='')}@" if self.redis_password else ""
        return f"redis://{password}{url_host(self.redis_host)}:{self.redis_port}/{self.redis_db}"

    @cached_property
    def queues(self) -> dict[str, str]:
        """The queue of each node type that has its own."""
        return parse_queues(self.handler_queues)

    @cached_property
    def channels(self) -> dict[str, list[str]]:
        """The apprise URLs of each role."""
        return parse_channels(self.notification_channels)

    @property
    def level(self) -> str:
        """The lowest level of our own messages that are logged."""
        return "DEBUG" if self.debug else self.log_level

    @property
    def says_level(self) -> bool:
        """True if the environment sets that level."""
        return bool(self.model_fields_set & {"debug", "log_level"})

    @cached_property
    def own_services(self) -> frozenset[tuple[str, int]]:
        """Host and port of the services of this deployment: handlers may call them at private addresses too."""
        address = parse_address(self.demo_url)
        return frozenset([address] if address else [])

    @cached_property
    def closed_places(self) -> frozenset[tuple[str, int]]:
        """Host and port of the API, Postgres and Redis, and those of ``HTTP_DENY``: handlers may not call them."""
        denied = parse_places(self.http_deny)
        if self.http_allow_own:
            return frozenset(denied)
        api = parse_address(self.public_url or "http://localhost:8000")
        servers = [*places_of(self.database, 5432), *places_of(self.broker, 6379)]
        return frozenset([*servers, *([api] if api else []), *denied])

    @cached_property
    def workflows_folder(self) -> Path:
        return Path(self.workflows_dir) if self.workflows_dir else BACKEND.parent / "workflows"

    @cached_property
    def retry_config(self) -> dict[str, Any]:
        """The default ``retry_config`` of a DAG's nodes."""
        return {
            "max_retries": self.retry_max_retries,
            "initial_delay": self.retry_initial_delay,
            "max_delay": self.retry_max_delay,
        }

    @cached_property
    def origins(self) -> list[str]:
        return parse_origins(self.cors_origins)

    @cached_property
    def hosts(self) -> list[str]:
        """Names that the header ``Host`` may have."""
        external = parse_address(self.external_url)
        return [*parse_hosts(self.allowed_hosts), *([external[0]] if external else [])]


def url_host(host: str) -> str:
    """The host as a URL writes it: an IPv6 address is in brackets."""
    return f"[{host}]" if ":" in host else host


def load_settings() -> Settings:
    """The settings of this process. Ends it with one line that names each invalid setting, its value and the remedy."""
    try:
        settings = Settings()
        problems = find_short_secrets(os.environ)
    except ValidationError as error:
        problems = [describe_problem(problem) for problem in error.errors()]
    if problems:
        sys.exit(f"Trigraph cannot start: {'; '.join(problems)}.")
    return settings


def find_short_secrets(environment: Mapping[str, str]) -> list[str]:
    """
    What is wrong with secrets that are too short: without every ``a``, the data of a step could not be read.

    Spaces around a secret do not count. An empty variable is the same as none.
    """
    return [
        f"{name} has {len(value.strip())} characters; a secret needs at least {SHORTEST_SECRET}"
        for name, value in sorted(environment.items())
        if name.startswith("SECRET_") and value and len(value.strip()) < SHORTEST_SECRET
    ]


def describe_problem(problem: Mapping[str, Any]) -> str:
    """One invalid setting, or several that contradict each other."""
    cause = problem.get("ctx", {}).get("error")
    if not problem["loc"]:
        return str(cause)
    name = str(problem["loc"][0])
    hide = hide_channels if name == "notification_channels" else hide_secrets
    value = "***" if name in SECRETS else repr(hide(str(problem["input"])))
    return f"{name.upper()}={value}: {cause or describe_range(name)}"


def describe_range(name: str) -> str:
    """The values that a setting may have, from its type and its limits."""
    field = Settings.model_fields[name]
    if field.annotation is bool:
        return "it must be true or false"
    if field.annotation not in (int, float):
        choices = getattr(field.annotation, "__args__", ())
        return f"it must be one of {', '.join(map(str, choices))}"
    kind = "a whole number" if field.annotation is int else "a number"
    limits = {type(limit): limit for limit in field.metadata}
    lowest = f"from {limits[Ge].ge:,}" if Ge in limits else f"greater than {limits[Gt].gt:,} and"
    return f"it must be {kind} {lowest} {'to' if Ge in limits else 'at most'} {limits[Le].le:,}"


def hide_secrets(text: str) -> str:
    """A value without the user and the password of a URL, for a message."""
    return re.sub(r"://.*@", "://***@", text)


def hide_channels(text: str) -> str:
    """The channels without what follows their schemes: for many services, that is a token."""
    return re.sub(r"://[^,;]*", "://***", text)

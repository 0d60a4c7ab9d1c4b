"""The settings of a process, read from its environment and checked."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.setting_values import (
    YEAR,
    Bytes,
    Host,
    HttpUrl,
    Port,
    RetryDelay,
    Seconds,
    check_admin_key,
    check_api_key,
    check_broker_url,
    check_database_url,
    check_folder,
    check_key_prefix,
    check_secret,
    checked_by,
    hide_channels,
    hide_secrets,
    libpq_url,
    parse_address,
    parse_algorithms,
    parse_channels,
    parse_hosts,
    parse_origins,
    parse_places,
    parse_queues,
    parse_scopes_of_groups,
    parse_secrets_keys,
    places_of,
    to_upper,
    url_host,
)

BACKEND = Path(__file__).resolve().parent.parent

#: Settings whose values are never printed.
SECRETS = frozenset(
    [
        *("postgres_password", "redis_password", "llm_api_key", "approval_secret"),
        *("admin_key", "oidc_client_secret", "secrets_key"),
    ]
)
#: Characters of the shortest secret, a variable that begins with ``SECRET_``.
SHORTEST_SECRET = 4


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
    #: Connections to Postgres in one process; a worker with threads needs one for each thread, and eight more.
    database_pool_size: int = Field(20, ge=1, le=10_000)
    #: Processes (or threads) in which one worker runs handlers.
    worker_concurrency: int = Field(2, ge=1, le=10_000)
    #: Handlers that one process of a worker runs at once.
    handlers_at_once: int = Field(500, ge=1, le=100_000)
    #: Plain handlers among them, which are not ``async def``: each needs a thread.
    sync_handlers_at_once: int = Field(32, ge=1, le=10_000)
    #: Seconds for which a worker that is stopped lets handlers end, before it gives their steps back.
    worker_stop_grace: Seconds = 25.0
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
    #: Worker processes lost by one step alone, after which it fails as ``poisoned``.
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

    #: Days after which test executions that have ended are deleted, with their steps.
    test_retention_days: int = Field(7, ge=1, le=3650)

    #: Bytes of an event, a parameter set or a definition as JSON.
    max_body_bytes: Bytes = 1_000_000
    #: Seconds in which a client must send the whole body of a request.
    body_timeout: Seconds = 30.0
    #: Bytes of one step's output as JSON.
    max_output_bytes: Bytes = 1_000_000
    #: Bytes of all items of a ``for_each`` as JSON, and of all results of its children.
    max_collected_bytes: Bytes = 16_000_000
    #: Executions that one execution may lead to, through its children and its events.
    max_descendants: int = Field(100_000, ge=1, le=1_000_000_000)
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
    #: The keys that encrypt secrets: 32 bytes each, in base64, separated by commas, newest first; empty: no secrets.
    secrets_key: Annotated[str, checked_by(parse_secrets_keys)] = ""

    #: ``off``: everybody who reaches the API may do everything; only while it listens on a loopback address.
    auth: Literal["off", "keys", "oidc"] = "off"
    #: A key with the scope ``admin``, for the first start; it is in no list and cannot be revoked.
    admin_key: Annotated[str | None, AfterValidator(check_admin_key)] = None
    #: The OpenID provider of ``AUTH=oidc``, as its tokens name it.
    oidc_issuer: HttpUrl = ""
    #: The ``aud`` that tokens must have; None: ``OIDC_CLIENT_ID``.
    oidc_audience: str | None = None
    #: The claim with the groups of a person; ``realm_access.roles`` is one inside another.
    oidc_groups_claim: str = "groups"
    #: The scopes of each group: ``ops=admin;sales=workflows:read,executions:read``.
    oidc_scopes: Annotated[str, checked_by(parse_scopes_of_groups)] = ""
    #: Algorithms of the signatures that are accepted, separated by commas.
    oidc_algorithms: Annotated[str, checked_by(parse_algorithms)] = "RS256"
    #: Seconds by which the clocks of the provider and of the API may differ.
    oidc_leeway: float = Field(30.0, ge=0, le=300)
    #: The client as which the studio signs people in; None: people cannot sign in there.
    oidc_client_id: str | None = None
    #: The secret of that client; None: it is a public one.
    oidc_client_secret: str | None = None
    #: Hours after which a session of the studio ends.
    session_hours: float = Field(12.0, gt=0, le=8760)
    #: Requests a second of one key or person, per API process; 0: no limit. A key may have a limit of its own.
    sender_requests_per_second: int = Field(0, ge=0, le=1_000_000)
    #: Bytes of bodies a minute of one key or person, per API process; 0: no limit.
    sender_bytes_per_minute: int = Field(0, ge=0, le=1_000_000_000_000)

    @model_validator(mode="after")
    def _people_have_a_provider(self) -> Settings:
        if self.auth == "oidc" and not (self.oidc_issuer and (self.oidc_audience or self.oidc_client_id)):
            raise ValueError("AUTH=oidc needs OIDC_ISSUER, and OIDC_AUDIENCE or OIDC_CLIENT_ID")
        return self

    @model_validator(mode="after")
    def _leases_outlive_renewals(self) -> Settings:
        interval, timeout = self.worker_heartbeat_interval, self.worker_heartbeat_timeout
        if timeout <= interval:
            message = f"WORKER_HEARTBEAT_TIMEOUT={timeout:g} must be longer than WORKER_HEARTBEAT_INTERVAL={interval:g}"
            raise ValueError(message)
        return self

    @property
    def shares_session(self) -> bool:
        """True behind a pooler that may give each transaction another session of Postgres."""
        return self.database_pooler == "transaction"

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

    @cached_property
    def scopes_of_groups(self) -> dict[str, list[str]]:
        """The scopes of each group of people."""
        return parse_scopes_of_groups(self.oidc_scopes)

    @cached_property
    def token_algorithms(self) -> list[str]:
        return parse_algorithms(self.oidc_algorithms)

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
    def secrets_keys(self) -> list[bytes]:
        """The keys that encrypt secrets, newest first."""
        return parse_secrets_keys(self.secrets_key)

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

"""The environment, read once, typed."""

from __future__ import annotations

import re
import sys
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

#: The name of a Celery queue, as ``-Q`` can say it.
QUEUE = re.compile(r"[\w.:-]{1,100}", re.ASCII)


class Settings(BaseSettings):
    """Every variable that Trigraph reads; ``.env.example`` lists them with their defaults."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    #: ``dev`` simulates the services that DAGs call; any other name does not.
    environment: str = "dev"
    debug: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    database_url: str | None = None
    postgres_host: str = "localhost"
    postgres_port: int = Field(5432, ge=1, le=65535)
    postgres_user: str = "postgres"
    postgres_password: str = "postgres"
    postgres_database: str = "trigraph"

    redis_url: str | None = None
    redis_host: str = "localhost"
    redis_port: int = Field(6379, ge=1, le=65535)
    redis_password: str | None = None
    redis_db: int = Field(0, ge=0)
    #: Seconds; the broker holds nothing back for longer than half of this.
    redis_visibility_timeout: int = Field(3600, ge=1)

    #: Connections to Postgres that one process may hold; a worker of threads needs one for each, and three more.
    database_pool_size: int = Field(20, ge=1)
    #: Processes (or threads) that one worker runs handlers in.
    worker_concurrency: int = Field(2, ge=1)
    #: Seconds between two renewals of the leases that a worker holds, and between two signs of its life.
    worker_heartbeat_interval: float = Field(3.0, gt=0)
    #: Seconds after which a worker that was not heard of counts as dead, and its step is given to another.
    worker_heartbeat_timeout: float = Field(12.0, gt=0)
    #: Seconds between two looks of the timekeeper.
    timekeeper_interval: float = Field(1.0, gt=0)
    #: Seconds; a delay that ends later than this is not given to the broker before its time comes near.
    delay_horizon: float = Field(60.0, gt=0)
    #: Seconds that a wake-up may take before the timekeeper asks whether it was lost.
    wake_up_grace: float = Field(5.0, gt=0)
    #: Seconds that a handler may run where its node names no ``timeout``.
    handler_timeout: float = Field(300.0, gt=0)
    #: How many workers one step may take with it before it fails as ``poisoned``.
    max_worker_losses: int = Field(3, ge=1)
    #: Node types whose steps only workers of a queue may run: ``llm=gpu,http_call=io``.
    handler_queues: str = ""

    #: Executions of ``/api/workflow`` that run at the same time; the rest wait.
    max_concurrent_workflows: int = Field(10, ge=1, le=10_000)

    #: How often a node of a DAG is tried again, where it does not say; waits in seconds.
    retry_max_retries: int = Field(3, ge=0, le=1000)
    retry_initial_delay: float = Field(1.0, ge=0, le=1_000_000)
    retry_max_delay: float = Field(60.0, ge=0, le=1_000_000)

    #: Days for which an ``Idempotency-Key`` is kept; after that, the same key is a new one.
    idempotency_days: int = Field(30, ge=1, le=3650)

    #: Bytes of an event, a parameter set or a definition as JSON.
    max_body_bytes: int = Field(1_000_000, ge=1)
    #: Bytes of one step's output as JSON.
    max_output_bytes: int = Field(1_000_000, ge=1)
    #: Bytes of what ``for_each`` hands to its children, and of what it collects from them, as JSON.
    max_collected_bytes: int = Field(16_000_000, ge=1)
    #: Nodes of one graph.
    max_nodes: int = Field(10_000, ge=1)

    #: The folder of definitions that are registered when a process starts; empty: ``workflows`` beside the backend.
    workflows_dir: str = ""
    #: Where the demo service answers, which the shipped definitions ask; empty: where they say. Handlers may reach it.
    demo_url: str = ""

    #: Origins that a browser may call from, separated by commas.
    cors_origins: str = "http://localhost:5173"
    #: True lets ``http_call`` reach private addresses; link-local and metadata addresses never.
    http_allow_private: bool = False
    #: Where notifications go: ``AE=slack://…,mailto://…;ops=json://…`` (apprise URLs by role).
    notification_channels: str = ""
    #: Where a language model answers, at ``/chat/completions`` below this; empty: its answers are simulated.
    llm_base_url: str = Field("", pattern=r"^(https?://\S+)?$")
    llm_api_key: str | None = None
    #: The model where a node names none.
    llm_model: str = "gpt-4o-mini"
    #: The key that signs the links by which approvers decide; none: links are not offered.
    approval_secret: str | None = None

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_either_case(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("handler_queues")
    @classmethod
    def _names_types_and_queues(cls, value: str) -> str:
        read_queues(value)
        return value

    @field_validator("demo_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        read_address(value)
        return value

    @model_validator(mode="after")
    def _leases_outlive_renewals(self) -> Settings:
        if self.worker_heartbeat_timeout <= self.worker_heartbeat_interval:
            raise ValueError("WORKER_HEARTBEAT_TIMEOUT must be longer than WORKER_HEARTBEAT_INTERVAL")
        return self

    @cached_property
    def database(self) -> str:
        """The libpq URL of Postgres; ``DATABASE_URL`` wins over ``POSTGRES_*``."""
        if self.database_url:
            return self.database_url.replace("postgresql+psycopg2://", "postgresql://").replace(
                "postgres://", "postgresql://"
            )
        user, password = quote(self.postgres_user, safe=""), quote(self.postgres_password, safe="")
        return f"postgresql://{user}:{password}@{self.postgres_host}:{self.postgres_port}/{self.postgres_database}"

    @cached_property
    def broker(self) -> str:
        """The URL of the broker; ``REDIS_URL`` wins over ``REDIS_*``."""
        if self.redis_url:
            return self.redis_url
        password = f":{quote(self.redis_password, safe='')}@" if self.redis_password else ""
        return f"redis://{password}{self.redis_host}:{self.redis_port}/{self.redis_db}"

    @cached_property
    def queues(self) -> dict[str, str]:
        """The queue of each node type that has one of its own."""
        return read_queues(self.handler_queues)

    @property
    def level(self) -> str:
        """From which level on our own messages are logged."""
        return "DEBUG" if self.debug else self.log_level

    @property
    def says_level(self) -> bool:
        """True where somebody has said which level that is."""
        return bool(self.model_fields_set & {"debug", "log_level"})

    @cached_property
    def own_services(self) -> frozenset[tuple[str, int]]:
        """Host and port of services that belong to the deployment: handlers reach them, private or not."""
        address = read_address(self.demo_url)
        return frozenset([address] if address else [])

    @cached_property
    def workflows_folder(self) -> Path:
        return Path(self.workflows_dir) if self.workflows_dir else BACKEND.parent / "workflows"

    @cached_property
    def retry_config(self) -> dict[str, Any]:
        """What a DAG's nodes do that do not say how they are tried again."""
        return {
            "max_retries": self.retry_max_retries,
            "initial_delay": self.retry_initial_delay,
            "max_delay": self.retry_max_delay,
        }

    @cached_property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]


def read_queues(text: str) -> dict[str, str]:
    """``llm=gpu,http_call=io`` as ``{"llm": "gpu", "http_call": "io"}``. Raises ValueError."""
    queues: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        type, _, queue = (part.strip() for part in entry.partition("="))
        if not type or not QUEUE.fullmatch(queue):
            raise ValueError(f"{entry!r} is not a node type and the name of a queue, as in llm=gpu")
        if queues.setdefault(type, queue) != queue:
            raise ValueError(f"the node type {type} is given two queues, {queues[type]} and {queue}")
    return queues


def read_address(url: str) -> tuple[str, int] | None:
    """Host and port of an HTTP URL; None where it is empty. Raises ValueError."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("this is no http:// or https:// address")
    return parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def load_settings() -> Settings:
    """The settings, or one clear line for each bad value and the end of the process."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit("Trigraph cannot start: " + "; ".join(_line(problem) for problem in error.errors()))


def _line(problem: Any) -> str:
    """One bad value, or several that do not go together."""
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{str(problem['loc'][0]).upper()}={problem['input']!r}: {message}" if problem["loc"] else message


BACKEND = Path(__file__).resolve().parent.parent

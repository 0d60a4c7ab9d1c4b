"""The settings of the engine, and what its functions work with in one process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from app.engine.deadlines import Deadlines
from app.engine.definitions.compiled import WorkflowCache
from app.engine.services.approval_links import ApprovalLinks
from app.engine.services.http.tokens import TokenCache
from app.engine.services.language_model import LanguageModel
from app.engine.wakeups.cached_question import CachedQuestion
from app.engine.wakeups.publisher import Publisher
from app.secrets.box import SecretBox
from app.secrets.cache import SecretCache
from app.storage.database import ConnectionPool, driver
from app.storage.deliveries.outbox import list_listened_types
from app.storage.walk.lock import TypesHere
from app.triggers.triggers import TriggerCache


@dataclass(frozen=True)
class HandlerLimits:
    """Limits that apply to every handler."""

    #: Seconds that a handler may run where its node sets no ``timeout``.
    timeout: float = 300.0
    #: Bytes of JSON text that one output may have.
    max_output_bytes: int = 1_000_000
    #: Bytes of what a step gives to its children, or collects: from them, or from the paths that a join ends.
    max_collected_bytes: int = 16_000_000


@dataclass(frozen=True)
class EngineConfig:
    """Settings of the engine in one process. All durations are in seconds."""

    limits: HandlerLimits = field(default_factory=HandlerLimits)
    #: A claim that is not renewed for this long is given to another worker.
    lease: float = 12.0
    #: A wake-up that had no effect for this long is presumed lost.
    grace: float = 5.0
    #: A step that is overdue by this much is woken by a timekeeper: its message may be lost.
    late: float = 1.0
    #: A step that is due later than this stays in Postgres; its message is sent when it is nearly due.
    horizon: float = 5.0
    #: Worker processes that one step may lose while it runs alone before it fails as ``poisoned``.
    max_worker_losses: int = 3
    #: A step whose node type no live worker knows waits for this long, then fails.
    unknown_type_timeout: float = 120.0
    #: Executions that one execution may lead to: children, executions of its events, and theirs.
    max_descendants: int = 100_000
    #: Days after which test executions that have ended are deleted.
    test_retention_days: int = 7
    #: Time that one transaction may spend on running pure nodes.
    inline: float = 0.2
    #: Time that one pure node may take inside a transaction; after that it is claimed, and has its own time limit.
    inline_timeout: float = 5.0
    #: Ends pure nodes that take longer. Each process makes its own, as it has a thread.
    deadlines: Deadlines = field(default_factory=Deadlines)
    #: Channels for notifications, by role.
    channels: Mapping[str, list[str]] = field(default_factory=dict)
    allow_private_addresses: bool = False
    #: Host and port of services that may be called although their addresses are private.
    own_services: frozenset[tuple[str, int]] = frozenset()
    #: Host and port of this deployment's API, Postgres and Redis, which handlers may not call.
    closed_places: frozenset[tuple[str, int]] = frozenset()
    #: Queues by node type; types that are not listed use the default queue, None.
    queues: Mapping[str, str] = field(default_factory=dict)
    #: The id of this start of this process; its claims name it.
    process: str | None = None
    #: The name of the default queue at the broker.
    default_queue: str = "celery"
    #: Queues that this process consumes; None: all.
    consumed: frozenset[str | None] | None = None
    language_model: LanguageModel = field(default_factory=LanguageModel)
    #: Makes the links by which approvers decide; None: APPROVAL_SECRET is not set.
    approval_links: ApprovalLinks | None = None
    simulates: bool = False
    #: Opens what is stored encrypted.
    secret_box: SecretBox = field(default_factory=SecretBox)
    #: The secrets and credentials; each process that reads those of Postgres makes its own, as it has a thread.
    secrets: SecretCache = field(default_factory=SecretCache)
    #: The OAuth tokens of this process.
    tokens: TokenCache = field(default_factory=TokenCache)

    def queue_of(self, type: str) -> str | None:
        """Return the queue whose workers run the steps of this node type."""
        return self.queues.get(type)

    def consumes(self, queue: str | None) -> bool:
        """Return True if this process may run steps of that queue."""
        return self.consumed is None or queue in self.consumed

    @property
    def types_here(self) -> TypesHere:
        """The node types whose steps this process may run."""
        here = sorted(type for type, queue in self.queues.items() if self.consumes(queue))
        away = sorted(type for type, queue in self.queues.items() if not self.consumes(queue))
        return TypesHere(None if self.consumes(None) else here, away)


@dataclass(frozen=True)
class EngineContext:
    """What the functions of the engine share in one process; each process makes one."""

    engine: ConnectionPool
    workflows: WorkflowCache
    triggers: TriggerCache
    publisher: Publisher
    config: EngineConfig

    def is_listened_to(self) -> bool:
        """
        Return False if nobody listens to any event of the engine, as far as is known; never waits.

        It decides only whether a message asks for the posting of events at once: what is recorded is posted anyway.
        """
        return self._listened.get(None) is not False

    @cached_property
    def _listened(self) -> CachedQuestion[None, bool]:
        def ask(_: None) -> bool:
            with driver(self.engine) as connection, connection.cursor() as cursor:
                return bool(list_listened_types(cursor))

        return CachedQuestion(ask, name="listened-types", max_age=2.0, expires_after=60.0)

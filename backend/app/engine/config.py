"""The settings of the engine, and what its functions work with in one process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine

from app.engine.attempts.attempt import HandlerLimits, StepContext, idempotency_key
from app.engine.definitions.compiled import WorkflowCache
from app.engine.registry import Services
from app.engine.services.language_model import LanguageModel
from app.engine.wakeups.publisher import Publisher
from app.storage.rows import StepRow
from app.triggers.triggers import TriggerCache


@dataclass(frozen=True)
class EngineConfig:
    """Settings of the engine in one process. All durations are in seconds."""

    limits: HandlerLimits = field(default_factory=HandlerLimits)
    #: A claim without news for this long is given to another worker.
    lease: float = 12.0
    #: A wake-up that has not led to anything for this long may be lost.
    grace: float = 5.0
    #: What is due and has not gone on for this long is looked after: its message may have died with a worker.
    late: float = 1.0
    #: What is due later than this is not given to the broker yet.
    horizon: float = 5.0
    #: Workers that may be lost while they run one step before it fails as ``poisoned``.
    max_worker_losses: int = 3
    #: One transaction runs nodes without effects for this long at most.
    inline: float = 0.2
    #: Channels for notifications, by role.
    channels: Mapping[str, list[str]] = field(default_factory=dict)
    allow_private_addresses: bool = False
    #: Host and port of services that may be reached although their addresses are private.
    own_services: frozenset[tuple[str, int]] = frozenset()
    #: Host and port of this deployment's API, Postgres and Redis, which handlers may not call.
    closed_places: frozenset[tuple[str, int]] = frozenset()
    #: The queue of each node type that has one of its own; all others belong to the default one, None.
    queues: Mapping[str, str] = field(default_factory=dict)
    #: The queues that this process consumes; None: it may run whatever there is.
    consumed: frozenset[str | None] | None = None
    language_model: LanguageModel = field(default_factory=LanguageModel)
    simulates: bool = False

    def queue_of(self, type: str) -> str | None:
        """The queue whose workers run the steps of this node type."""
        return self.queues.get(type)

    def consumes(self, queue: str | None) -> bool:
        """True where this process may run what belongs to that queue."""
        return self.consumed is None or queue in self.consumed

    def services(self, context: StepContext, row: StepRow) -> Services:
        """What a handler is given for one try."""
        return Services(
            idempotency_key=idempotency_key(context.execution_id, row.node_id, row.visit),
            attempt=row.attempt,
            visit=row.visit,
            input=context.input,
            inputs=context.inputs,
            outputs=context.outputs,
            event=context.event,
            runs=context.runs,
            depth=context.depth,
            channels=self.channels,
            allow_private_addresses=self.allow_private_addresses,
            own_services=self.own_services,
            closed_places=self.closed_places,
            language_model=self.language_model,
            simulates=self.simulates,
        )


@dataclass(frozen=True)
class EngineContext:
    """What every function of the engine works with; each process makes one."""

    engine: Engine
    workflows: WorkflowCache
    triggers: TriggerCache
    publisher: Publisher
    config: EngineConfig

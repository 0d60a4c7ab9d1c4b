"""The terms on which a deployment walks: how long things may take, and what handlers are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.engine.language_model import LanguageModel
from app.engine.registry import Services
from app.engine.runner import Limits, Surroundings, idempotency_key
from app.storage.steps import StepRow


@dataclass(frozen=True)
class Terms:
    """Times in seconds."""

    limits: Limits = field(default_factory=Limits)
    #: A claim without news for this long is given to another worker.
    lease: float = 12.0
    #: A wake-up that has not led to anything for this long may be lost.
    grace: float = 5.0
    #: What is due and has not gone on for this long is looked after: its message may have died with a worker.
    late: float = 1.0
    #: What is due later than this is not given to the broker yet.
    horizon: float = 60.0
    #: One transaction runs nodes without effects for this long at most.
    inline: float = 0.2
    #: Channels for notifications, by role.
    channels: Mapping[str, list[str]] = field(default_factory=dict)
    allow_private_addresses: bool = False
    language_model: LanguageModel = field(default_factory=LanguageModel)
    simulates: bool = False

    def services(self, around: Surroundings, row: StepRow) -> Services:
        """What a handler is given for one try."""
        return Services(
            idempotency_key=idempotency_key(around.execution_id, row.node_id, row.visit),
            attempt=row.attempt,
            visit=row.visit,
            input=around.input,
            inputs=around.inputs,
            outputs=around.outputs,
            event=around.event,
            channels=self.channels,
            allow_private_addresses=self.allow_private_addresses,
            language_model=self.language_model,
            simulates=self.simulates,
        )

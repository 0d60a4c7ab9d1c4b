"""The services that a handler is given."""

from __future__ import annotations

from dataclasses import replace

from app.engine.attempts.attempt import StepServices, idempotency_key
from app.storage.ids import new_id


def test_key_is_derived_when_it_is_asked_for() -> None:
    execution = new_id()
    services = StepServices((execution, "a", 2), visit=2)

    assert "idempotency_key" not in vars(services)
    assert services.idempotency_key == idempotency_key(execution, "a", 2)


def test_changed_copy_keeps_the_key() -> None:
    services = StepServices((new_id(), "a", 1), attempt=3)

    changed = replace(services, simulates=True)

    assert (changed.idempotency_key, changed.attempt) == (services.idempotency_key, 3)

"""``.env.example`` lists every variable with its default."""

from __future__ import annotations

import re

import pytest

from app.settings import BACKEND, Settings

#: Variables that are not settings: ``make run``, compose or the HTTP client reads them.
RUN_ONLY = {"HOST", "PORT", "DATA_DIR", "ENV_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}


@pytest.fixture
def example() -> dict[str, str]:
    text = (BACKEND.parent / ".env.example").read_text()
    return dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))


def test_every_variable_is_listed_and_no_other(example: dict[str, str]) -> None:
    read = {name.upper() for name in Settings.model_fields} | RUN_ONLY

    assert set(example) == read


def test_variables_of_other_engines_are_read_or_documented() -> None:
    known = "ENVIRONMENT DEBUG LOG_LEVEL REDIS_HOST REDIS_PORT POSTGRES_HOST POSTGRES_PORT POSTGRES_USER"
    known += " POSTGRES_PASSWORD POSTGRES_DATABASE WORKER_CONCURRENCY WORKER_HEARTBEAT_INTERVAL"
    known += " WORKER_HEARTBEAT_TIMEOUT RETRY_MAX_RETRIES RETRY_INITIAL_DELAY RETRY_MAX_DELAY"
    elsewhere = "WORKER_STALE_CLAIM_INTERVAL STALE_TIMEOUT_INPUT STALE_TIMEOUT_OUTPUT STALE_TIMEOUT_LLM_SERVICE"
    elsewhere += " STALE_TIMEOUT_CALL_EXTERNAL_SERVICE STALE_TIMEOUT_DEFAULT ORCHESTRATOR_CHECKPOINT_INTERVAL"
    elsewhere += " ORCHESTRATOR_RECOVERY_TIMEOUT ORCHESTRATOR_STALE_CLAIM_INTERVAL ORCHESTRATOR_STALE_RESULT_TIMEOUT"

    page = (BACKEND.parent / "docs" / "operate.md").read_text()

    assert {name.lower() for name in known.split()} <= set(Settings.model_fields)
    assert [name for name in elsewhere.split() if f"`{name}`" not in page] == []


def test_each_variable_is_listed_with_its_default(example: dict[str, str]) -> None:
    listed = {name.lower(): value for name, value in example.items() if value and name not in RUN_ONLY}

    read = Settings.model_validate(listed).model_dump(include=set(listed))

    assert read == {name: Settings.model_fields[name].default for name in listed}
    assert all(not Settings.model_fields[name].default for name in Settings.model_fields if name not in listed)

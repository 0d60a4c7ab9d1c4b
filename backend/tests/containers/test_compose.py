"""``docker-compose.yml`` hands on every variable, and means by nothing said what ``.env.example`` means."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from app.settings import BACKEND, Settings

ROOT = BACKEND.parent


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_api_and_worker_are_given_every_variable(compose: dict[str, Any]) -> None:
    read = {name.upper() for name in Settings.model_fields}

    assert set(compose["services"]["api"]["environment"]) == read
    assert set(compose["services"]["worker"]["environment"]) == read


def test_defaults_are_those_of_the_example() -> None:
    example = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))

    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", (ROOT / "docker-compose.yml").read_text()))

    # In a container, the API listens on all addresses.
    assert defaults.pop("AUTH") == "keys"
    assert {name: default for name, default in defaults.items() if name in example} == {
        name: example[name] for name in defaults if name in example
    }

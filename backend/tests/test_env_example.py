"""``.env.example`` lists every variable, with the value it has when nothing is said."""

from __future__ import annotations

import re

import pytest

from app.settings import BACKEND, Settings

#: What is not read as a setting: by ``make run``, by the seed, by compose, by the HTTP client.
RUN_ONLY = {"HOST", "PORT", "DATA_DIR", "PUBLIC_URL", "ENV_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}


@pytest.fixture
def example() -> dict[str, str]:
    text = (BACKEND.parent / ".env.example").read_text()
    return dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))


def test_every_variable_is_listed_and_no_other(example: dict[str, str]) -> None:
    read = {name.upper() for name in Settings.model_fields} | RUN_ONLY

    assert set(example) == read


def test_each_is_listed_with_its_default(example: dict[str, str]) -> None:
    listed = {name.lower(): value for name, value in example.items() if value and name not in RUN_ONLY}

    read = Settings.model_validate(listed).model_dump(include=set(listed))

    assert read == {name: Settings.model_fields[name].default for name in listed}
    assert all(not Settings.model_fields[name].default for name in Settings.model_fields if name not in listed)

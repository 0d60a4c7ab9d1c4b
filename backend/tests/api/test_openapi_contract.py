"""Every answer is documented, for requests that schemathesis makes from the OpenAPI document, and has an example."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.settings import Settings
from app.storage.migrate import migrate
from tests.api.client import Api, running_api
from tests.servers import Databases


@pytest.fixture(scope="module")
def api(databases: Databases) -> Iterator[Api]:
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url)) as api:
        yield api


@pytest.fixture(scope="module")
def openapi(api: Api) -> Any:
    return schemathesis.openapi.from_url(f"{api.url}/openapi.json")


#: Requests for each operation; ``make fuzz`` makes more.
EXAMPLES = max(15, int(os.environ.get("FUZZ", "0")) // 200)

NO_HEALTH_CHECKS = list(HealthCheck)

schema = schemathesis.pytest.from_fixture("openapi")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_answers_are_documented(case: Case) -> None:
    case.call_and_validate(excluded_checks=[positive_data_acceptance])

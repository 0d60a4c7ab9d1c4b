"""
Every response is documented, for requests that schemathesis makes from the OpenAPI document.

Each keyword of each schema is tried; with FUZZ, also requests at random: ``make fuzz`` makes them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from app.storage.migrate import migrate
from tests.api.client import Api, running_api
from tests.servers import Databases

#: Requests that are made at random for each operation, beside those for each keyword of its schema.
EXAMPLES = int(os.environ.get("FUZZ", "0")) // 200
PHASES = "examples,coverage,fuzzing" if EXAMPLES else "examples,coverage"
#: A body can fit its schema and still not be a valid graph, which no schema can express.
EXCLUDED = "positive_data_acceptance"
#: With it, schemathesis also checks that requests without it, or with a wrong one, are refused.
KEY = "tg_" + "0123456789" * 5
OPTIONS = (
    *("--checks", "all", "--exclude-checks", EXCLUDED, "--phases", PHASES),
    *("--max-examples", str(max(2, EXAMPLES)), "--seed", "1", "--generation-database", "none", "--no-color"),
    *("--suppress-health-check", "all", "--request-timeout", "20", "--header", f"Authorization: Bearer {KEY}"),
)


@pytest.fixture(scope="module")
def api(databases: Databases) -> Iterator[Api]:
    settings = {"auth": "keys", "admin_key": KEY}
    with databases.fresh(migrate) as url, running_api(Settings(database_url=url, **settings)) as api:
        yield api


def test_responses_are_documented(api: Api, tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{api.url}/openapi.json", *OPTIONS]

    # In an empty folder, which has no configuration of schemathesis.
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    assert done.returncode == 0, done.stdout[-8000:]

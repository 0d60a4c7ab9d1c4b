"""``/`` and ``/health``, also while servers are not available."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.api.schemas.system import NodeType
from app.scripts.stack.processes import wait_until
from app.settings import Settings
from tests.api.client import Api, running_api
from tests.proxy import proxy_to
from tests.servers import NOWHERE, Servers


def test_service_names_itself(api: Api) -> None:
    assert api.get("/").json()["name"] == "Trigraph"
    assert (api.get("/health").status_code, api.get("/health").json()) == (200, {"status": "healthy"})


@pytest.mark.parametrize("broker_alive", [lambda: False, lambda: time.sleep(8)])
def test_missing_broker_degrades_health(settings: Settings, broker_alive: Any) -> None:
    with running_api(settings, broker_alive) as api:
        began = time.monotonic()
        health = api.get("/health")
        took = time.monotonic() - began

        assert (health.status_code, health.json()) == (200, {"status": "degraded"})
        assert took < 7
        assert api.fire()["matched"] == 0


def test_postgres_outage_gets_503_and_recovers(api: Api, servers: Servers) -> None:
    saved = api.save()
    api.fire()

    servers.postgres.stop()
    try:
        away = [
            api.get("/health"),
            api.get("/workflows"),
            api.post("/events", json={}),
            api.get(f"/workflows/{saved['id']}"),
        ]
    finally:
        servers.postgres.start()
    again = [
        api.get("/health"),
        api.get("/workflows"),
        api.post("/events", json={}),
        api.get(f"/workflows/{saved['id']}"),
    ]

    assert [response.status_code for response in away] == [503] * 4
    assert all(response.json()["detail"] for response in away[1:])
    assert [response.status_code for response in again] == [200] * 4


def test_documentation_has_a_stable_name_for_every_operation(api: Api) -> None:
    document = api.get("/openapi.json").json()

    operations = {
        f"{method.upper()} {path}": operation["operationId"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations["POST /events"] == "post_event"
    assert operations["GET /executions/{execution_id}/steps"] == "list_steps"
    assert len(set(operations.values())) == len(operations)
    assert document["paths"]["/events"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    bodies = document["paths"]["/workflows"]["post"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    assert [body["required"] for body in bodies] == [["name"], ["definition_yaml"]]


def test_cors_allows_only_the_configured_origins(api: Api) -> None:
    def preflight(origin: str) -> str | None:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "if-match",
        }
        return api.options("/workflows/x", headers=headers).headers.get("Access-Control-Allow-Origin")

    assert preflight("http://localhost:5173") == "http://localhost:5173"
    assert preflight("http://elsewhere.example") is None
    exposed = api.post("/events", json={}, headers={"Origin": "http://localhost:5173"}).headers
    assert exposed["Access-Control-Allow-Origin"] == "http://localhost:5173"


def test_node_types_say_what_an_editor_needs(api: Api) -> None:
    types = {kind["type"]: kind for kind in api.get("/node-types").json()}

    assert {"start", "end", "send_notification", "http_call", "delay", "branch", "transform"} <= set(types)
    assert types["delay"].keys() == NodeType.model_fields.keys() - {"data_schema"} | {"schema"}
    assert types["branch"] | {"schema": {}} == {
        "type": "branch",
        "title": "Branch",
        "category": "Flow",
        "icon": "split",
        "summary": ["{#cases} cases"],
        "handles": ["error"],
        "chooses": True,
        "has_effects": False,
        "outputs": ["label", "selected_next"],
        "schema": {},
    }
    assert types["http_call"]["has_effects"] is True
    assert types["http_call"]["schema"]["properties"]["url"]
    assert types["wait_for_event"]["handles"] == ["timeout", "error"]
    assert set(types["wait_for_event"]["schema"]["properties"]) == {"condition", "lookback", "max_wait_time"}
    assert types["wait_for_event"]["schema"]["required"] == ["condition"]
    assert types["wait_for_event"]["schema"]["properties"]["condition"]["format"] == "jsonlogic"
    assert types["branch"]["schema"]["$defs"]["Case"]["properties"]["condition"]["format"] == "jsonlogic"
    assert set(types["emit_event"]["schema"]["properties"]) == {"type", "payload"}


def test_lost_connections_of_the_pool_are_degraded(settings: Settings) -> None:
    with proxy_to(settings.database) as proxy:
        url = proxy.url_for(settings.database)
        with running_api(Settings(database_url=url, database_pool_size=2, workflows_dir=NOWHERE)) as api:
            assert api.get("/health").json() == {"status": "healthy"}
            proxy.drop()

            assert (api.get("/health").status_code, api.get("/health").json()) == (200, {"status": "degraded"})
            assert wait_until(lambda: api.get("/health").json() == {"status": "healthy"}, seconds=60)
            assert api.get("/workflows").status_code == 200


def test_silent_postgres_is_unhealthy_within_seconds(settings: Settings) -> None:
    with proxy_to(settings.database) as proxy:
        url = proxy.url_for(settings.database)
        with running_api(Settings(database_url=url, workflows_dir=NOWHERE)) as api:
            proxy.freeze()
            began = time.monotonic()
            answers = [api.get(path) for path in ("/health", "/v1/health", "/health")]
            took = time.monotonic() - began
            alive = api.get("/")
            proxy.thaw()

            assert [answer.status_code for answer in answers] == [503] * 3
            assert took < 15
            assert alive.status_code == 200
            assert wait_until(lambda: api.get("/health").status_code == 200, seconds=60)

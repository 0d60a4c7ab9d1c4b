"""Where ``http_call`` may not go, however the address is written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.engine.handlers.http_call import handler
from app.engine.registry import HandlerResult, Services
from app.engine.services.http.guard import Guard
from app.errors import StepFailed
from tests.service import Service, service

NOWHERE_EVER = [
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xA9FEA9FE/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[::169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://user:pass@169.254.169.254:80/",
    "http://169.254.169.254.:80/",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
    "http://224.0.0.1/",
    "https://169.254.169.254/",
]
PRIVATE = [
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://[fc00::1]/",
    "http://255.255.255.255/",
]


def call(url: str, *, allow_private: bool, own: frozenset[tuple[str, int]] = frozenset()) -> HandlerResult:
    services = Services(idempotency_key="k", allow_private_addresses=allow_private, own_services=own)
    return execute(services, url=url, timeout=2)


def execute(services: Services, **data: Any) -> HandlerResult:
    return asyncio.run(handler.execute(node_id="a", data=data, exec_id="e", payload={}, services=services))


@pytest.mark.parametrize("allow_private", [True, False])
@pytest.mark.parametrize("url", NOWHERE_EVER)
def test_metadata_address_is_refused(url: str, allow_private: bool) -> None:
    with pytest.raises(StepFailed) as failed:
        call(url, allow_private=allow_private)

    assert failed.value.kind in ("AddressRefused", "InvalidURL", "ConnectionError")
    if failed.value.kind == "ConnectionError":
        assert "cannot be resolved" in str(failed.value), failed.value


@pytest.mark.parametrize("url", PRIVATE)
def test_private_address_needs_permission(url: str) -> None:
    with pytest.raises(StepFailed) as failed:
        call(url, allow_private=False)

    assert failed.value.kind == "AddressRefused"
    assert failed.value.retry is False


def test_private_address_that_is_allowed_is_called(calls: Service) -> None:
    answer = call(calls.url + "/x", allow_private=True)

    assert answer.result["status_code"] == 200
    with pytest.raises(StepFailed, match="a private address"):
        call(calls.url + "/y", allow_private=False)
    assert [each.path for each in calls.calls] == ["/x"]


def test_only_own_services_are_reachable(calls: Service) -> None:
    port = int(calls.url.rpartition(":")[2])
    own = frozenset([("localhost", port), ("169.254.169.254", 80)])

    answer = call(f"http://LOCALHOST:{port}/x", allow_private=False, own=own)

    assert answer.result["status_code"] == 200
    beside = [f"{calls.url}/by-another-name", f"http://localhost:{port + 1}/", "http://localhost/", "http://10.0.0.1/"]
    for url in [*beside, f"http://localhost:{port}/to?url={calls.url}/y", "http://169.254.169.254/"]:
        with pytest.raises(StepFailed) as failed:
            call(url, allow_private=False, own=own)
        assert failed.value.kind == "AddressRefused", url
    assert [each.path for each in calls.calls] == ["/x", "/to"]


@pytest.mark.parametrize("url", NOWHERE_EVER[:4])
def test_redirect_is_checked_too(calls: Service, url: str) -> None:
    with pytest.raises(StepFailed) as failed:
        call(f"{calls.url}/to?url={url}", allow_private=True)

    assert failed.value.kind == "AddressRefused"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "data:text/plain,x"])
def test_only_http_is_spoken(calls: Service, url: str) -> None:
    with pytest.raises(StepFailed):
        call(url, allow_private=True)
    with pytest.raises(StepFailed):
        call(f"{calls.url}/to?url={url}", allow_private=True)


def test_environments_proxy_is_not_asked(calls: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", calls.url)
    monkeypatch.setenv("ALL_PROXY", calls.url)

    with pytest.raises(StepFailed):
        call("http://169.254.169.254/", allow_private=True)

    assert calls.calls == []


def own_port(calls: Service) -> int:
    return int(calls.url.rpartition(":")[2])


@pytest.mark.parametrize("closed", ["localhost", "127.0.0.1", "0.0.0.0", "::1"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_own_server_is_refused_by_every_name(calls: Service, closed: str, host: str) -> None:
    port = own_port(calls)
    services = Services(allow_private_addresses=True, closed_places=frozenset([(closed, port)]))

    with pytest.raises(StepFailed) as failed:
        execute(services, url=f"http://{host}:{port}/")

    assert (failed.value.kind, failed.value.retry, calls.calls) == ("AddressRefused", False, [])
    assert str(failed.value).endswith(
        f"port {port}, is an address of this deployment (its API, Postgres or Redis); HTTP_ALLOW_OWN=true allows those."
    )


def test_own_server_is_refused_at_a_redirect(calls: Service) -> None:
    with service() as closed:
        places = frozenset([("localhost", own_port(closed))])
        services = Services(allow_private_addresses=True, closed_places=places)

        url = f"{calls.url}/to?url={closed.url}/approvals/1/approve"
        with pytest.raises(StepFailed, match="an address of this deployment"):
            execute(services, url=url)

        assert closed.calls == []


def test_other_ports_beside_an_own_server_are_called(calls: Service) -> None:
    places = frozenset([("localhost", own_port(calls) + 1), ("unknown.invalid", own_port(calls))])
    services = Services(allow_private_addresses=True, closed_places=places)

    execute(services, url=calls.url)

    assert len(calls.calls) == 1


#: Addresses that only some networks route, and that some versions of Python call public.
NOT_PUBLIC = [
    "64:ff9b:1::7f00:1",
    "64:ff9b:1::1",
    "::ffff:0:127.0.0.1",
    "2001:db9::5efe:127.0.0.1",
    "2001:db9::200:5efe:10.0.0.1",
    "fec0::1",
    "3fff::1",
    "5f00::1",
    "100:0:0:1::1",
    "192.0.0.8",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_private(address: str) -> None:
    with pytest.raises(StepFailed, match="a private address; HTTP_ALLOW_PRIVATE=true allows those"):
        Guard().check("x", 80, address)

    Guard(allow_private=True).check("x", 80, address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_address_is_allowed(address: str) -> None:
    Guard().check("x", 443, address)

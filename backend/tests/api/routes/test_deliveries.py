"""Deliveries of other systems start workflows; those that are not genuine start nothing, and are listed."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier
from standardwebhooks import Webhook
from starlette.requests import Request
from stripe import WebhookSignature
from twilio.request_validator import RequestValidator

from app.api.routes.deliveries import url_of
from app.settings import Settings
from tests.api.client import make_app_context, running_api
from tests.api.hooks import SECRET, Hooked, github_signature, settings_with_key

FORM = "application/x-www-form-urlencoded"


def stripe_headers(body: str, secret: str, *, age: int = 0) -> dict[str, str]:
    at = int(time.time()) - age
    return {"Stripe-Signature": WebhookSignature.generate_signature_header(body, secret, at)}


def slack_headers(body: str, secret: str) -> dict[str, str]:
    now = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=now, body=body)
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature or ""}


def test_delivery_starts_a_workflow(hooked: Hooked) -> None:
    name = hooked.make()
    of_hook = {"==": [{"var": "$event.source"}, f"hooks/{name}"]}
    is_push = {"==": [{"var": "$event.headers.x-github-event"}, "push"]}
    saved = hooked.api.save(
        name=name, trigger={"and": [of_hook, is_push, {"==": [{"var": "$event.type"}, "github.push"]}]}
    )
    body = b'{ "ref": "refs/heads/main", "n": 1.0 }'

    answer = hooked.deliver_signed(
        name, body, X_GitHub_Event="push", X_GitHub_Delivery="d-1", User_Agent="GitHub-Hookshot"
    )

    assert [each["workflow_id"] for each in answer.json()["executions"]] == [saved["id"]]
    assert set(answer.json()) == {"event_id", "matched", "executions", "errors"}
    event = hooked.event(answer)
    assert (event["type"], event["source"]) == ("github.push", f"hooks/{name}")
    assert event["attributes"] == {
        "headers": {
            "content-type": "application/json",
            "user-agent": "GitHub-Hookshot",
            "x-github-event": "push",
            "x-github-delivery": "d-1",
        }
    }
    assert '"payload":{ "ref": "refs/heads/main", "n": 1.0 }' in hooked.api.get(f"/events/{event['id']}").text


def test_schemes_accept_what_their_libraries_sign(hooked: Hooked) -> None:
    body = json.dumps({"id": "evt_1", "type": "invoice.paid"})
    standard = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now = datetime.now(timezone.utc)
    signed_standard = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": standard.sign("msg_1", now, body),
    }
    basic = "Basic " + base64.b64encode(b"ann:pass").decode()
    cases: list[tuple[str, Any, dict[str, str], str]] = [
        ("stripe", "whsec_1", stripe_headers(body, "whsec_1"), "stripe.invoice.paid"),
        ("slack", "s1", slack_headers(body, "s1"), "slack.invoice.paid"),
        ("standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", signed_standard, "standard.invoice.paid"),
        ("gitlab", "t", {"X-Gitlab-Token": "t", "X-Gitlab-Event": "Push Hook"}, "gitlab.push-hook"),
        ("basic", "ann:pass", {"Authorization": basic}, "basic"),
        ("bearer", "t0ken", {"Authorization": "Bearer t0ken"}, "bearer"),
        ("none", None, {}, "none"),
    ]
    for scheme, secret, headers, type in cases:
        name = hooked.make(scheme, secret)

        answer = hooked.api.post(f"/hooks/{name}", data=body, headers={"Content-Type": "application/json", **headers})
        forged = hooked.api.post(f"/hooks/{name}", data=body, headers={"Content-Type": "application/json"})

        event = hooked.event(answer)
        assert (event["type"], event["source"]) == (type, f"hooks/{name}")
        kept = json.dumps(event["attributes"])
        assert not any(text in kept for text in ("t0ken", "Basic", "v1,", "v0=", "t=", "x-gitlab-token"))
        assert forged.status_code == (200 if scheme == "none" else 401), scheme
        assert ("WWW-Authenticate" in forged.headers) == (scheme != "none")


def test_twilio_is_answered_with_twiml(hooked: Hooked) -> None:
    name = hooked.make("twilio", "12345")
    fields = {"MessageStatus": "delivered", "MessageSid": "SM1", "Body": "hé + &"}
    signature = RequestValidator("12345").compute_signature(f"{hooked.api.url}/hooks/{name}?shop=1&x=%2F", fields)

    answer = hooked.api.post(f"/hooks/{name}?shop=1&x=%2F", data=fields, headers={"X-Twilio-Signature": signature})

    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.headers["Content-Type"].startswith("text/xml")
    (event,) = hooked.events(name)
    assert (event["type"], event["payload"]) == ("twilio.delivered", fields)
    assert (
        hooked.api.post(f"/hooks/{name}?shop=2", data=fields, headers={"X-Twilio-Signature": signature}).status_code
        == 401
    )


@pytest.mark.parametrize(
    ("external_url", "url"),
    [
        ("", "http://10.0.0.5:8000/hooks/a%20b/?q=%2F"),
        ("https://flows.example.com", "https://flows.example.com/hooks/a%20b/?q=%2F"),
        ("https://example.com/flows/", "https://example.com/flows/hooks/a%20b/?q=%2F"),
    ],
)
def test_sender_signs_the_url_that_it_called(external_url: str, url: str) -> None:
    class App:
        class state:
            context = make_app_context(
                Settings(database_url="postgresql://localhost/none", external_url=external_url),
                lambda wake_ups: None,
                lambda: None,
                lambda: True,
            )

    scope = {
        "type": "http",
        "app": App,
        "scheme": "http",
        "path": "/hooks/a b",
        "raw_path": b"/hooks/a%20b/",
        "query_string": b"q=%2F",
        "headers": [(b"host", b"10.0.0.5:8000")],
    }

    assert url_of(Request(scope)) == url


@pytest.mark.parametrize(
    ("content_type", "body", "payload"),
    [
        ("application/json", b"[1, 2.0]", {"data": [1, 2.0]}),
        ("application/vnd.x+json; charset=utf-8", b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("", b'{"a": "\\u0000"}', {"a": "\x00"}),
        (FORM, b"a=1&b=x%20y+z&b=2&c=", {"a": "1", "b": ["x y z", "2"], "c": ""}),
        (FORM, b'{"sent": "by curl -d"}', {"sent": "by curl -d"}),
        (FORM, b"payload=%7B%22a%22%3A1%7D", {"payload": {"a": 1}}),
        ("text/plain", "Disk füll".encode(), {"text": "Disk füll"}),
        ("application/xml; charset=UTF-8", b"<a/>", {"text": "<a/>"}),
        ("application/json", b"", {}),
    ],
)
def test_body_becomes_an_object(hooked: Hooked, content_type: str, body: bytes, payload: Any) -> None:
    name = hooked.make()

    event = hooked.event(hooked.deliver_signed(name, body, content_type=content_type))

    assert event["payload"] == payload


def test_slack_shows_nobody_the_answer_to_a_command(hooked: Hooked) -> None:
    name = hooked.make("slack", "s1")
    command = urlencode({"command": "/deploy", "text": "now"})
    button = urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"value": "yes"}]})})

    answers = [
        hooked.api.post(f"/hooks/{name}", data=body, headers={"Content-Type": FORM, **slack_headers(body, "s1")})
        for body in (command, button)
    ]

    assert [(answer.status_code, answer.text) for answer in answers] == [(200, ""), (200, "")]
    pressed, typed = hooked.events(name)
    assert (typed["type"], typed["payload"]) == ("slack./deploy", {"command": "/deploy", "text": "now"})
    assert pressed["type"] == "slack.block_actions"
    assert pressed["payload"]["payload"]["actions"] == [{"value": "yes"}]


def test_repeat_of_a_delivery_starts_nothing(hooked: Hooked) -> None:
    name, other = hooked.make(), hooked.make()
    hooked.api.save(name=name, trigger={"==": [{"var": "$event.source"}, f"hooks/{name}"]})

    first = hooked.deliver_signed(name, X_GitHub_Delivery="d-2")
    again = hooked.deliver_signed(name, b'{"changed": 1}', X_GitHub_Delivery="d-2")
    elsewhere = hooked.deliver_signed(other, X_GitHub_Delivery="d-2")

    assert first.json()["matched"] == 1
    assert again.json() == {**first.json(), "repeat_of": first.json()["event_id"]}
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert "repeat_of" not in elsewhere.json()
    assert len(hooked.api.get(f"/events/{first.json()['event_id']}").json()["repeats"]) == 1


def test_deliveries_of_one_id_at_one_moment_start_once(hooked: Hooked) -> None:
    name = hooked.make()
    hooked.api.save(name=name, trigger={"==": [{"var": "$event.source"}, f"hooks/{name}"]})
    together = threading.Barrier(8)

    def deliver(_: int) -> Any:
        together.wait()
        return hooked.deliver_signed(name, X_GitHub_Delivery="d-3").json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, range(8)))

    assert len({answer["event_id"] for answer in answers}) == 1
    assert sum("repeat_of" in answer for answer in answers) == 7
    assert len(hooked.events(name)) == 1


def test_forged_delivery_uses_up_no_id(hooked: Hooked) -> None:
    name = hooked.make()

    forged = hooked.deliver_signed(name, secret="guess", X_GitHub_Delivery="d-4")
    genuine = hooked.deliver_signed(name, X_GitHub_Delivery="d-4")

    assert (forged.status_code, forged.headers["WWW-Authenticate"]) == (401, "Signature")
    assert genuine.status_code == 200
    assert "repeat_of" not in genuine.json()


def test_replay_after_the_window_is_refused(hooked: Hooked) -> None:
    name = hooked.make("stripe", "whsec_1")
    body = '{"id": "evt_2", "type": "a"}'
    recent, late = stripe_headers(body, "whsec_1", age=200), stripe_headers(body, "whsec_1", age=400)

    first, again, later = (
        hooked.api.post(f"/hooks/{name}", data=body, headers=each) for each in (recent, recent, late)
    )

    assert again.json()["repeat_of"] == first.json()["event_id"]
    assert later.status_code == 401
    (refused,) = hooked.refused(name)
    assert refused["reason"] == later.json()["detail"]
    assert refused["reason"].endswith("s ago, says Stripe-Signature; at most 300 s are allowed.")


def test_signature_of_another_hook_is_refused(hooked: Hooked) -> None:
    name = hooked.make(secret="mine")
    hooked.make(secret="theirs")

    assert hooked.deliver_signed(name, secret="theirs").status_code == 401


def test_secret_is_rotated_while_deliveries_come(hooked: Hooked) -> None:
    name = hooked.make(secret="old")
    secret, stop = ["old"], threading.Event()

    def deliver_on() -> list[int]:
        statuses = []
        while not stop.is_set():
            statuses.append(hooked.deliver_signed(name, secret=secret[0]).status_code)
        return statuses

    with ThreadPoolExecutor(2) as pool:
        senders = [pool.submit(deliver_on) for _ in range(2)]
        hooked.change(name, secret=["new", "old"])
        secret[0] = "new"
        for _ in range(5):
            hooked.deliver_signed(name, secret="new")
        stop.set()
        statuses = [status for sender in senders for status in sender.result()]
    hooked.change(name, secret="new")

    assert set(statuses) == {200}
    assert hooked.deliver_signed(name, secret="old").status_code == 401


def test_unknown_and_inactive_hooks_answer_alike(hooked: Hooked) -> None:
    name = hooked.make()
    hooked.change(name, is_active=False)
    sentence = "Hook {} does not exist or is switched off."

    for response, hook in (
        (hooked.deliver_signed(name, X_GitHub_Delivery="d-5"), name),
        (hooked.deliver_signed("nowhere"), "nowhere"),
        (hooked.api.get(f"/hooks/{name}?hub.mode=subscribe"), name),
        (hooked.api.options("/hooks/nowhere", headers={"WebHook-Request-Origin": "e.test"}), "nowhere"),
        (hooked.api.options(f"/hooks/{name}", headers={"WebHook-Request-Origin": "e.test"}), name),
    ):
        assert (response.status_code, response.json()) == (404, {"detail": sentence.format(hook)})
    assert [each["reason"] for each in hooked.refused(name)] == [
        "The hook is switched off; switch it on with is_active: true."
    ] * 2
    hooked.change(name, is_active=True)
    assert hooked.deliver_signed(name, X_GitHub_Delivery="d-5").status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status", "sentence"),
    [
        ("application/json", b'{"a": ', 422, "The body is not JSON: Expecting value: line 1 column 7 (char 6)."),
        ("application/json", b'{"a": "\x00"}', 422, "The body is not JSON: Invalid control character"),
        ("application/json", b'{"a": "\xff"}', 422, "The body is not UTF-8: byte 8 is wrong."),
        ("application/json", '{"a": 1}'.encode("utf-16"), 422, "The body is UTF-16 or UTF-32; send UTF-8."),
        ("application/json", b"[" * 102 + b"]" * 102, 422, "The body is nested deeper than 100 levels."),
        ("application/json; charset=latin1", b"{}", 415, "The charset 'latin1' is not read; send UTF-8."),
        ("text/plain", b"\xff", 422, "The body is not UTF-8: byte 1 is wrong."),
        (FORM, b"a=%FF", 422, "The form is not UTF-8: invalid start byte at byte 1 of a field."),
        (FORM, b"&" * 1000, 422, "The form has more than 1000 fields, which is the limit; send fewer."),
        (FORM, b"payload=x", 422, "The field payload of the form must be JSON: The body is not JSON"),
        ("multipart/form-data; boundary=x", b"--x", 415, "The content type 'multipart/form-data' is not read; send"),
    ],
)
def test_odd_body_is_refused_though_signed(
    hooked: Hooked, content_type: str, body: bytes, status: int, sentence: str
) -> None:
    name = hooked.make()

    answer = hooked.deliver_signed(name, body, content_type=content_type)

    assert answer.status_code == status
    assert answer.json()["detail"].startswith(sentence)
    assert [each["reason"] for each in hooked.refused(name)] == [answer.json()["detail"]]


def test_broken_body_of_a_forger_is_not_parsed(hooked: Hooked) -> None:
    name = hooked.make()

    assert hooked.deliver_signed(name, b'{"a": ', secret="guess").status_code == 401
    assert hooked.deliver_signed(name, b"x", secret="guess", Content_Encoding="gzip").status_code == 401


def test_compressed_body_is_signed_as_it_is_sent(hooked: Hooked) -> None:
    name = hooked.make()

    packed = hooked.deliver_signed(name, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")
    bomb = hooked.deliver_signed(name, gzip.compress(bytes(2_000_000)), Content_Encoding="gzip")
    broken = hooked.deliver_signed(name, b"x", Content_Encoding="gzip")
    unknown = hooked.deliver_signed(name, b"x", Content_Encoding="zstd")

    assert hooked.event(packed)["payload"] == {"a": 1}
    assert [each.status_code for each in (bomb, broken, unknown)] == [413, 422, 415]


def test_large_body_is_refused_before_it_is_read(hooked: Hooked) -> None:
    name = hooked.make()
    announced = http.client.HTTPConnection(hooked.api.url.removeprefix("http://"), timeout=20)
    announced.putrequest("POST", f"/hooks/{name}")
    announced.putheader("Content-Length", str(100_000_000))
    announced.endheaders()

    early = announced.getresponse()
    sentence = early.read()
    announced.close()
    streamed = hooked.api.post(f"/hooks/{name}", data=chunks(1_200_000))

    assert early.status == 413
    assert b"The body has 100000000 bytes; MAX_BODY_BYTES allows 1000000." in sentence
    assert streamed.status_code == 413
    assert [each["reason"][:24] for each in hooked.refused(name)] == [
        "The body has more than 1",
        "The body has 100000000 b",
    ]


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 100_000):
        yield bytes(100_000)


def test_large_genuine_body_is_accepted(hooked: Hooked) -> None:
    name = hooked.make()

    assert hooked.deliver_signed(name, json.dumps({"a": "x" * 300_000}).encode()).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Hub-Signature-256", "sha256=" + "é" * 64)],
        [("X-Hub-Signature-256", "sha256=abc")],
        [("X-Hub-Signature-256", "\x01\x02")],
        [("X-Hub-Signature-256", "sha256=" + "0" * 60_000)],
        [("X-Hub-Signature-256", "")],
        [(name, value) for name, value in github_signature(b"{}").items() for _ in range(2)],
        [*github_signature(b"{}").items(), ("X-GitHub-Delivery", "a"), ("X-GitHub-Delivery", "b")],
        [*github_signature(b"{}").items(), ("X-GitHub-Event", "a"), ("X-GitHub-Event", "a")],
        [*github_signature(b"{}").items(), ("Content-Type", "text/plain"), ("Content-Type", "text/xml")],
    ],
)
def test_odd_headers_are_refused(hooked: Hooked, headers: list[tuple[str, str]]) -> None:
    name = hooked.make()
    connection = http.client.HTTPConnection(hooked.api.url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", f"/hooks/{name}")
    for header, value in [*headers, ("Content-Length", "2")]:
        connection.putheader(header, value.encode("latin-1"))
    connection.endheaders(b"{}")

    response = connection.getresponse()

    assert response.status in (400, 401), response.read()
    connection.close()
    assert len(hooked.refused(name)) == (response.status == 401)


def test_genuine_deliveries_pass_beside_a_flood(hooked: Hooked) -> None:
    name = hooked.make()

    def forge(number: int) -> int:
        return hooked.deliver_signed(name, secret="guess", X_GitHub_Delivery=f"g-{number % 20}").status_code

    with ThreadPoolExecutor(4) as pool:
        flood = pool.map(forge, range(300))
        genuine = [hooked.deliver_signed(name, X_GitHub_Delivery=f"g-{number}") for number in range(20)]
        assert set(flood) == {401}

    assert [answer.status_code for answer in genuine] == [200] * 20
    assert not any("repeat_of" in answer.json() for answer in genuine)
    assert len(hooked.refused(name)) == 100
    assert hooked.api.get(f"/hooks/{name}").json()["refused"] == 300


def test_ping_of_github_is_no_event(hooked: Hooked) -> None:
    name = hooked.make()

    assert hooked.deliver_signed(name, X_GitHub_Event="ping").json() == {"ping": "pong"}
    assert hooked.deliver_signed(name, X_GitHub_Event="ping", secret="guess").status_code == 401
    assert hooked.events(name) == []


def test_slack_is_verified_only_if_signed(hooked: Hooked) -> None:
    name = hooked.make("slack", "s1")
    body = '{"type": "url_verification", "challenge": "3eZ"}'

    answer = hooked.api.post(f"/hooks/{name}", data=body, headers=slack_headers(body, "s1"))

    assert answer.json() == {"challenge": "3eZ"}
    assert hooked.api.post(f"/hooks/{name}", data=body).status_code == 401
    assert hooked.api.post(f"/hooks/{name}", data=body, headers=slack_headers(body, "s2")).status_code == 401
    assert hooked.events(name) == []


def test_challenge_of_meta_is_returned(hooked: Hooked) -> None:
    name = hooked.make("hmac", header="X-Hub-Signature-256", prefix="sha256=", verify_token="my token")
    query = {"hub.mode": "subscribe", "hub.challenge": "1158<b>201444", "hub.verify_token": "my token"}

    answer = hooked.api.get(f"/hooks/{name}", params=query)
    wrong = hooked.api.get(f"/hooks/{name}", params={**query, "hub.verify_token": "é"})
    empty = hooked.api.get(f"/hooks/{name}", params={**query, "hub.challenge": ""})
    without = hooked.api.get(f"/hooks/{hooked.make()}", params=query)

    assert (answer.status_code, answer.text) == (200, "1158<b>201444")
    assert answer.headers["Content-Type"].startswith("text/plain")
    sentences = [
        "The hub.verify_token is not the verify_token of the hook; set the same at both sides.",
        "The query has no hub.challenge; Meta sends one, which is returned.",
        "The hook has no verify_token; set the one that the sender was given.",
    ]
    refused = [(each.status_code, each.json()["detail"]) for each in (wrong, empty, without)]
    assert refused == list(zip((401, 422, 401), sentences, strict=True))
    assert [each["reason"] for each in hooked.refused(name)] == [sentences[1], sentences[0]]
    assert hooked.deliver_signed(name).status_code == 200


def test_handshake_of_cloudevents_is_answered(hooked: Hooked) -> None:
    name = hooked.make("bearer", "t")

    answer = hooked.api.options(f"/hooks/{name}", headers={"WebHook-Request-Origin": "events.example"})

    assert (answer.status_code, answer.headers["WebHook-Allowed-Origin"]) == (200, "events.example")
    assert answer.headers["Allow"] == "DELETE, GET, POST, PUT"


def test_deliveries_need_no_key_of_the_api(database_url: str) -> None:
    key = "tg_" + "k" * 43
    settings = settings_with_key(database_url, auth="keys", admin_key=key)
    with running_api(settings) as api:
        body = {"name": "h", "scheme": "bearer", "secret": "tg_not-a-key"}
        created = api.post("/hooks", json=body, headers={"Authorization": f"Bearer {key}"})

        answers = [
            api.post("/hooks/h", json={}, headers={"Authorization": "Bearer tg_not-a-key"}),
            api.post("/hooks/h", json={}, headers={"Authorization": f"Bearer {key}"}),
            *(api.get(path) for path in ("/hooks", "/hooks/h", "/hooks/h/refused")),
            *(api.request(method, "/hooks/h", json={}) for method in ("PUT", "DELETE")),
        ]

    assert created.status_code == 201
    assert [answer.status_code for answer in answers] == [200, 401, 401, 401, 401, 401, 401]


def test_hook_whose_secrets_do_not_open_answers_503(hooked: Hooked) -> None:
    name = hooked.make()
    url = hooked.api.app.state.context.settings.database_url  # type: ignore[union-attr]
    other_key = base64.b64encode(b"k" * 32).decode()

    with running_api(settings_with_key(url).model_copy(update={"secrets_key": other_key})) as api:
        answer = Hooked(api).deliver_signed(name)

        assert (answer.status_code, answer.json()) == (503, {"detail": f"Hook {name} cannot verify deliveries now."})
        assert answer.headers["Retry-After"] == "60"
        (refused,) = Hooked(api).refused(name)
    assert refused["reason"].startswith(f"The value of the hook {name} was encrypted with the key")
    assert SECRET not in refused["reason"]

"""Requests, redirects and answers of the HTTP client, on a server that answers oddly."""

from __future__ import annotations

import gzip
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from time import monotonic

import pytest

from app.errors import StepFailed
from tests.engine.services.http.conftest import Call
from tests.odd_server import OddServer, Received, redirect, response

Failure = Callable[..., StepFailed]
OK = response(b'{"ok": true}', "Content-Type: application/json")


# --- What is sent ---------------------------------------------------------------------------------------------------


def test_call_sends_method_body_and_key(odd: OddServer, call: Call) -> None:
    answer = call(odd.url + "/echo", method="post", body={"a": 1})

    (request,) = odd.received
    assert (request.method, request.body) == ("POST", b'{"a": 1}')
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "key-1"
    assert request.headers["User-Agent"] == "Trigraph"
    assert answer.status_code == 200


def test_users_own_idempotency_key_wins(odd: OddServer, call: Call) -> None:
    call(odd.url, headers={"idempotency-key": "mine"})

    assert [value for name, value in odd.received[0].headers.items() if name.lower() == "idempotency-key"] == ["mine"]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/?z=a%20b&q=100", "/?z=a%20b&q=100"),
        ("/?z=a%20b&q=100%", "/?z=a%20b&q=100%25"),
        ("/?u=https%3A%2F%2Fx.de&d=5%", "/?u=https%3A%2F%2Fx.de&d=5%25"),
        ("/a%20b/100%/c?d=1%20", "/a%20b/100%25/c?d=1%20"),
        ("/%zz%C3%BC", "/%25zz%C3%BC"),
        ("/обувь?q=😀 x", "/%D0%BE%D0%B1%D1%83%D0%B2%D1%8C?q=%F0%9F%98%80%20x"),
        ("/?q=<\"'>{}|\\^`", "/?q=%3C%22%27%3E%7B%7D%7C%5C%5E%60"),
        ("  /?a=[1]&b=a+b#part", "/?a=%5B1%5D&b=a+b"),
    ],
)
def test_url_is_encoded_once(odd: OddServer, call: Call, written: str, sent: str) -> None:
    call(written.replace("/", odd.url + "/", 1))

    normal = odd.received[0].target.replace("'", "%27").replace("[", "%5B").replace("]", "%5D")
    assert normal == sent


def test_params_cannot_change_the_url(odd: OddServer, call: Call) -> None:
    params = {
        "q": "müller & söhne#x?y=1/../%",
        "tag": ["a b", "c&d"],
        "n": 1.5,
        "yes": True,
        "none": None,
        "o": {"a": 1},
    }

    call(odd.url + "/search?first=1#part", params=params)

    assert odd.received[0].target == (
        "/search?first=1&q=m%C3%BCller%20%26%20s%C3%B6hne%23x%3Fy%3D1%2F..%2F%25&tag=a%20b&tag=c%26d&n=1.5&yes=true"
        "&o=%7B%22a%22%3A%201%7D"
    )


@pytest.mark.parametrize("by_header", [True, False])
def test_form_is_sent_as_form(odd: OddServer, call: Call, by_header: bool) -> None:
    fields = {"grant_type": "client_credentials", "scope": "a b&c", "tag": ["x", "y"], "none": None, "yes": True}
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}

    if by_header:
        call(odd.url, method="POST", headers=headers, body=fields)
    else:
        call(odd.url, method="POST", form=fields)

    (request,) = odd.received
    assert request.body == b"grant_type=client_credentials&scope=a+b%26c&tag=x&tag=y&yes=true"
    sent = [value for name, value in request.headers.items() if name.lower() == "content-type"]
    assert sent == [headers["content-type"] if by_header else "application/x-www-form-urlencoded"]


def test_object_under_multipart_type_is_sent_in_parts(odd: OddServer, call: Call) -> None:
    call(odd.url, method="POST", headers={"Content-Type": "multipart/form-data"}, body={"a": "x", "b": "ü"})

    (request,) = odd.received
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="a"\r\n' in request.body
    assert "ü".encode() in request.body


def test_object_under_xml_type_is_refused(odd: OddServer, failure: Failure) -> None:
    failed = failure(odd.url, method="POST", headers={"Content-Type": "text/xml"}, body={"a": 1})

    assert str(failed).endswith("body is not text, but its Content-Type is text/xml; write the XML as text.")
    assert (failed.kind, failed.retry, odd.received) == ("InvalidData", False, [])


@pytest.mark.parametrize("body", [0, True, 1.0, [1], {"a": None}, False])
def test_body_that_is_not_text_is_json(odd: OddServer, call: Call, body: object) -> None:
    call(odd.url, method="POST", body=body)

    assert odd.received[0].json == body
    assert odd.received[0].headers["Content-Type"] == "application/json"


def test_infinity_is_sent_as_null(odd: OddServer, call: Call) -> None:
    call(odd.url, method="POST", body={"n": float("inf"), "m": [float("nan")]}, headers={"X": float("inf")})

    assert odd.received[0].json == {"n": None, "m": [None]}
    assert odd.received[0].headers["X"] == "null"


def test_header_values_are_json_or_text(odd: OddServer, call: Call) -> None:
    headers = {
        "X-Flag": True,
        "X-Tags": ["a"],
        "X-Obj": {"a": True},
        "X-Number": 1.5,
        "X-Name": "Łukasz",
        "X-Jose": "José",
        "X-Space": "  padded \n",
        "X-Null": None,
        "Content-Length": "1",
    }

    call(odd.url, method="POST", headers=headers, body="text")

    sent = odd.received[0].headers
    assert (sent["X-Flag"], sent["X-Tags"], sent["X-Obj"], sent["X-Number"]) == ("true", '["a"]', '{"a": true}', "1.5")
    assert (sent["X-Name"], sent["X-Jose"], sent["X-Space"]) == ("Łukasz", "José", "padded")
    assert "X-Null" not in sent
    assert odd.received[0].body == b"text"


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\x00b", "a\x7f", "a\x0bb"])
def test_control_character_in_header_is_refused(odd: OddServer, failure: Failure, value: str) -> None:
    failed = failure(odd.url, headers={"X-Bad": value})

    assert "the header X-Bad contains the control character" in str(failed)
    assert (failed.kind, failed.retry, odd.received) == ("InvalidHeader", False, [])


@pytest.mark.parametrize("name", ["X Name", "X-Näme", "", "X:Y", "X\nY"])
def test_header_name_that_is_not_a_token_is_refused(odd: OddServer, failure: Failure, name: str) -> None:
    failed = failure(odd.url, headers={name: "x"})

    assert "has a name that is not a token of letters, digits and -" in str(failed)
    assert (failed.kind, failed.retry, odd.received) == ("InvalidHeader", False, [])


def test_login_in_url_is_sent_as_basic(odd: OddServer, call: Call) -> None:
    call(odd.url.replace("http://", "http://me:p%40ß@") + "/x")

    credentials = odd.received[0].headers["Authorization"].removeprefix("Basic ")
    assert credentials == b64encode("me:p@ß".encode()).decode()


@pytest.mark.parametrize(
    ("url", "kind", "reason"),
    [
        ("http://[bad", "InvalidURL", "this URL cannot be parsed."),
        ("http://:80/", "InvalidURL", "this URL"),
        ("localhost/x", "MissingSchema", "this URL has no scheme; begin it with https:// or http://."),
        ("ftp://x/", "InvalidSchema", "only http:// and https:// URLs can be called."),
        ("http://ab/cd-9931@nohost.invalid/", "ConnectionError", "its host cannot be resolved"),
    ],
)
def test_url_that_cannot_be_called_is_named_whole(failure: Failure, url: str, kind: str, reason: str) -> None:
    failed = failure(url)

    assert str(failed).startswith(f"GET {url}: {reason}")
    assert "ab" not in str(failed).replace(url, "").replace("cannot be", "")
    assert failed.kind == kind


# --- Redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_redirect_keeps_method_and_body_or_becomes_get(odd: OddServer, call: Call, status: int, method: str) -> None:
    odd.reply("/from", redirect(status, "/to?x=1"))
    body = None if method in ("GET", "HEAD") else {"a": 1}

    call(odd.url + "/from", method=method, body=body)

    (request,) = odd.at("/to")
    becomes_get = (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")
    assert request.method == ("GET" if becomes_get else method)
    assert request.body == (b"" if becomes_get or body is None else b'{"a": 1}')
    assert ("Content-Type" in request.headers) == (body is not None and not becomes_get)


def test_redirect_to_other_origin_takes_no_custom_headers(odd: OddServer, other: OddServer, call: Call) -> None:
    odd.reply("/from", redirect(307, other.url + "/to"))
    headers = {"X-Api-Key": "k", "Authorization": "Bearer x", "Cookie": "s=1", "Accept": "text/csv"}

    call(odd.url.replace("//", "//me:pw@") + "/from", method="POST", headers=headers, body={"a": 1})

    assert {"X-Api-Key", "Authorization", "Cookie", "Idempotency-Key"} <= odd.received[0].headers.keys()
    (request,) = other.received
    assert request.headers.keys() & {"X-Api-Key", "Authorization", "Cookie", "Idempotency-Key"} == set()
    assert (request.headers["Accept"], request.headers["Content-Type"]) == ("text/csv", "application/json")
    assert request.body == b'{"a": 1}'


def test_headers_do_not_return_with_the_redirect_back(odd: OddServer, other: OddServer, call: Call) -> None:
    odd.reply("/from", redirect(302, other.url + "/middle"))
    other.reply("/middle", redirect(302, odd.url + "/back"))

    call(odd.url + "/from", headers={"X-Api-Key": "k"})

    assert "X-Api-Key" not in odd.at("/back")[0].headers


def test_headers_and_cookies_stay_with_their_origin(odd: OddServer, call: Call) -> None:
    odd.reply("/login", redirect(302, "/me", "Set-Cookie: a=1; Path=/", "Set-Cookie: s=2; Path=/"))

    call(odd.url.replace("//", "//me:pw@") + "/login", headers={"cookie": "s=1; t=3", "X-Api-Key": "k"})

    (request,) = odd.at("/me")
    assert request.headers["X-Api-Key"] == "k"
    assert request.headers["Authorization"] == "Basic bWU6cHc="
    assert sorted(request.headers["Cookie"].split("; ")) == ["a=1", "s=2", "t=3"]


def test_redirect_is_the_result_if_not_followed(odd: OddServer, call: Call) -> None:
    dated = "a=1; Expires=Wed, 01 Dec 2027 00:00:00 GMT"
    odd.reply("/login", redirect(302, "/me", f"Set-Cookie: {dated}", "Set-Cookie: b=2"))

    answer = call(odd.url + "/login", follow_redirects=False)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/me"
    assert answer.headers["Set-Cookie"] == [dated, "b=2"]
    assert len(odd.received) == 1


def test_redirect_loop_fails_without_retry(odd: OddServer, failure: Failure) -> None:
    odd.reply("/loop", redirect(302, "/loop"))

    failed = failure(odd.url + "/loop")

    assert (failed.kind, failed.retry) == ("TooManyRedirects", False)
    assert str(failed) == f"GET {odd.url}/loop: it was redirected more than 10 times."
    assert len(odd.received) == 11


@pytest.mark.parametrize(
    ("location", "kind"),
    [("http://[bad", "InvalidURL"), ("ftp://x/", "InvalidSchema"), ("http://169.254.169.254/", "AddressRefused")],
)
def test_bad_location_fails_without_retry(odd: OddServer, failure: Failure, location: str, kind: str) -> None:
    odd.reply("/from", redirect(302, location))

    failed = failure(odd.url + "/from", method="POST", body="deed")

    assert (failed.kind, failed.retry, len(odd.received)) == (kind, False, 1)


@pytest.mark.parametrize("status", [300, 302, 304, 305])
def test_answer_without_location_is_the_result(odd: OddServer, call: Call, status: int) -> None:
    odd.reply("/x", redirect(status, "" if status == 302 else "/other"))

    assert call(odd.url + "/x").status_code == status
    assert len(odd.received) == 1


@pytest.mark.parametrize("location", ["//{}/to", "to", "?x=1", "http://{}/to#part"])
def test_location_is_resolved(odd: OddServer, call: Call, location: str) -> None:
    answered = redirect(307, location.format(f"{odd.host}:{odd.port}"))
    odd.reply("/from", lambda request: response(b"done") if "?" in request.target else answered)

    assert call(odd.url + "/from", method="PUT", body="kept").status_code == 200
    assert odd.received[1].body == b"kept"


def test_location_in_utf8_is_followed(odd: OddServer, call: Call) -> None:
    odd.reply("/from", redirect(302, "/zürich?q=5%"))

    call(odd.url + "/from")

    assert odd.received[1].target == "/z%C3%BCrich?q=5%25"


# --- Answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interim", [100, 102, 103, 199])
def test_interim_answer_is_not_the_answer(odd: OddServer, call: Call, interim: int) -> None:
    odd.reply("/x", f"HTTP/1.1 {interim} X\r\nLink: </a>\r\n\r\n".encode() * 3 + OK)

    answer = call(odd.url + "/x")

    assert (answer.status_code, answer.text) == (200, '{"ok": true}')
    assert "Link" not in answer.headers


def test_endless_interim_answers_fail(odd: OddServer, failure: Failure) -> None:
    def reply(request: Received) -> Iterator[bytes]:
        while not odd.ended.is_set():
            yield b"HTTP/1.1 103 X\r\n\r\n"

    odd.reply("/x", reply)

    assert "more than 100 interim answers" in str(failure(odd.url + "/x"))


@pytest.mark.parametrize(
    "answer",
    [
        *(b"hello\r\n\r\n", b"<html>old</html>\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"-ERR unknown command\r\n"),
        *(b"HTTP/3 200 OK\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x16"),
    ],
)
def test_answer_that_is_not_http_is_named_so(odd: OddServer, failure: Failure, answer: bytes) -> None:
    odd.reply("/x", answer)

    failed = failure(odd.url + "/x")

    assert failed.kind == "ConnectionError"
    assert str(failed).startswith(f"GET {odd.url}/x: the answer is not valid HTTP")


def test_switch_of_protocols_fails(odd: OddServer, failure: Failure) -> None:
    odd.reply("/x", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")

    assert "101 Switching Protocols, which was not asked for" in str(failure(odd.url + "/x"))


def test_encoded_answer_is_decoded(odd: OddServer, call: Call) -> None:
    brotli = bytes.fromhex("0b0d807b226f6b223a747275652c226e616d65223a2262726f746c69227d03")
    odd.reply("/br", response(brotli, "Content-Type: application/json", "Content-Encoding: br"))
    odd.reply("/gzip", response(gzip.compress(b"a"), "Content-Encoding: gzip"))
    odd.reply("/te", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunked(gzip.compress(b"a")))

    assert json.loads(call(odd.url + "/br").text) == {"ok": True, "name": "brotli"}
    assert [call(odd.url + path).text for path in ("/gzip", "/te")] == ["a", "a"]


def chunked(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


BROKEN = {
    "length": response(b"half", length=100),
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"abc")[:-7],
    "chunk_end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"abc")[:-5],
    "gzip": response(gzip.compress(b"a;b\n" * 1000)[:-20], "Content-Encoding: gzip"),
    "gzip_crc": response(gzip.compress(b"a")[:-8] + b"\0" * 8, "Content-Encoding: gzip"),
    "headers": b"HTTP/1.1 200 OK\r\nContent-Type: text/pl",
    "header_line": b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
    "not_http": b"hello\r\n\r\n",
    "two_lengths": response(b"ab", "Content-Length: 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_answer_that_is_broken_fails(odd: OddServer, failure: Failure, name: str) -> None:
    odd.reply("/x", BROKEN[name])

    failed = failure(odd.url + "/x")

    assert failed.kind in ("ChunkedEncodingError", "ConnectionError", "ContentDecodingError", "InvalidHeader")
    assert str(failed).startswith(f"GET {odd.url}/x: ")
    assert "Guarded" not in str(failed)
    assert "object at" not in str(failed)


def test_answer_that_is_too_long_fails(odd: OddServer, failure: Failure) -> None:
    odd.reply("/long", response(b"0" * 10_000_001))
    odd.reply("/bomb", response(gzip.compress(b"0" * 20_000_000), "Content-Encoding: gzip"))

    for path in ("/long", "/bomb"):
        failed = failure(odd.url + path)
        assert (failed.kind, failed.retry) == ("AnswerTooLarge", False)
        assert str(failed).endswith("the answer has more than 10,000,000 bytes, which is the most that is read.")


def test_silence_ends_after_the_timeout(odd: OddServer, failure: Failure) -> None:
    def reply(request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"
        odd.ended.wait(60)

    odd.reply("/stall", reply)
    started = monotonic()

    failed = failure(odd.url + "/stall", timeout=0.3)

    assert monotonic() - started < 20
    assert (failed.kind, str(failed)) == ("ReadTimeout", f"GET {odd.url}/stall: no answer came within 0.3 s.")


def test_headers_of_answer_are_utf8(odd: OddServer, call: Call) -> None:
    odd.reply("/x", response(b"", "X-U: Łuk", "Set-Cookie: a=1", "Vary: a", "Vary: b"))

    headers = call(odd.url + "/x").headers

    assert headers["X-U"] == "Łuk"
    assert headers["Set-Cookie"] == "a=1"
    assert headers["Vary"] == "a, b"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "205 Reset Content"])
def test_answer_without_body_is_empty(odd: OddServer, call: Call, status: str) -> None:
    odd.reply("/x", response(b"", "Content-Encoding: gzip", "Content-Type: application/json", status=status))

    assert (call(odd.url + "/x").status_code, call(odd.url + "/x").text) == (int(status[:3]), "")


def test_head_of_encoded_answer_is_empty(odd: OddServer, call: Call) -> None:
    odd.reply("/x", response(b"", "Content-Encoding: br", length=1000))

    assert call(odd.url + "/x", method="HEAD").text == ""


def test_calls_leave_no_thread(odd: OddServer, call: Call) -> None:
    before = threading.active_count()

    for _ in range(3):
        call(odd.url)

    assert threading.active_count() <= before + 3

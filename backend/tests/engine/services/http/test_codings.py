"""Content codings: decoded whole, or the call fails."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest

from app.engine.services.http.codings import decode_content, zstd
from app.errors import StepFailed

DATA = "\n".join(f"{number};{random.Random(number).random()}" for number in range(1000)).encode()
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def decode(content: bytes, coding: str, limit: int = 10_000_000) -> bytes:
    return decode_content(content, coding, limit=limit)


@pytest.mark.parametrize("coding", ENCODERS)
def test_content_is_decoded(coding: str) -> None:
    assert decode(ENCODERS[coding](DATA), coding) == DATA
    assert decode(ENCODERS[coding](DATA), coding.upper()) == DATA


def test_deflate_without_zlib_header_is_decoded() -> None:
    assert decode(zlib.compress(DATA)[2:-4], "deflate") == DATA


def test_several_members_and_codings_are_decoded() -> None:
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), "gzip") == b"ab"
    assert decode(zstd.compress(b"a") + zstd.compress(b"b"), "zstd") == b"ab"
    assert decode(brotli.compress(gzip.compress(DATA)), "gzip, br") == DATA


@pytest.mark.parametrize("coding", ENCODERS)
@pytest.mark.parametrize("kept", [1, 5, 0.5, -1])
def test_content_that_breaks_off_fails(coding: str, kept: float) -> None:
    whole = ENCODERS[coding](DATA)
    part = whole[: int(len(whole) * kept)] if kept == 0.5 else whole[: int(kept)]

    with pytest.raises(StepFailed) as failed:
        decode(part, coding)

    assert failed.value.kind == "ContentDecodingError"


@pytest.mark.parametrize("coding", ENCODERS)
def test_content_that_is_not_encoded_fails(coding: str) -> None:
    with pytest.raises(StepFailed, match=f"the answer is not {coding}, which its Content-Encoding names"):
        decode(b'{"ok": true}', coding)


@pytest.mark.parametrize("coding", ["compress", "x-compress", "exi", "br, unknown"])
def test_unknown_coding_fails_without_retry(coding: str) -> None:
    with pytest.raises(StepFailed, match="gzip, deflate, br, zstd are understood") as failed:
        decode(b"x", coding)

    assert (failed.value.kind, failed.value.retry) == ("ContentDecodingError", False)


@pytest.mark.parametrize("coding", ["", "identity", "aws-chunked", "utf-8", "UTF-8", "none", "iso-8859-1"])
def test_name_that_is_not_a_coding_changes_nothing(coding: str) -> None:
    assert decode(b'{"ok": true}', coding) == b'{"ok": true}'


@pytest.mark.parametrize("coding", ENCODERS)
def test_empty_content_stays_empty(coding: str) -> None:
    assert decode(b"", coding) == b""


@pytest.mark.parametrize("coding", ENCODERS)
def test_bomb_is_not_decoded_whole(coding: str) -> None:
    bomb = ENCODERS[coding](b"0" * 20_000_000)

    assert len(decode(bomb, coding, limit=1000)) == 1001

"""The answer to a request: read whole, within limits, and decoded."""

from __future__ import annotations

from aiohttp import ClientResponse

from app.engine.services.http.charsets import decode_text
from app.engine.services.http.codings import decode_content
from app.engine.services.http.exchange import Answer
from app.engine.services.http.headers import read_answer_headers
from app.engine.services.threads import run_in_thread
from app.errors import StepFailed

#: Bytes of an answer that are read, and that it may have once decoded; a longer one fails the step.
MAX_ANSWER_BYTES = 10_000_000
#: Bytes of a compressed answer that is decompressed in a thread: it may become a thousand times as long.
_LONG = 16_384


async def read_answer(response: ClientResponse) -> Answer:
    """Raises StepFailed for an answer that is too long or cannot be decoded."""
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise _too_large()
    decoded = await _decode(bytes(content), _find_codings(response))
    if len(decoded) > MAX_ANSWER_BYTES:
        raise _too_large()
    text = decode_text(decoded, response.headers.get("Content-Type", ""))
    return Answer(response.status, read_answer_headers(response.raw_headers), text)


def _find_codings(response: ClientResponse) -> str:
    """The codings of ``Content-Encoding``, and those of ``Transfer-Encoding`` but ``chunked``, which is undone."""
    transfer = ",".join(response.headers.getall("Transfer-Encoding", [])).lower().replace("chunked", "")
    return f"{','.join(response.headers.getall('Content-Encoding', []))},{transfer}"


async def _decode(content: bytes, codings: str) -> bytes:
    def decode() -> bytes:
        return decode_content(content, codings, limit=MAX_ANSWER_BYTES)

    if len(content) > _LONG and codings.strip(", "):
        return await run_in_thread(decode, name="decode")
    return decode()


def _too_large() -> StepFailed:
    message = f"the answer has more than {MAX_ANSWER_BYTES:,} bytes, which is the most that is read."
    return StepFailed(message, kind="AnswerTooLarge", retry=False)

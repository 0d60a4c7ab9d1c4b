"""Post one message to a receiver: no redirect is followed, and only the beginning of the answer is read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import ClientError, ClientResponse, ClientTimeout
from yarl import URL

from app.engine.services.http.client import USER_AGENT
from app.engine.services.http.connector import expect_addresses
from app.engine.services.http.exchange import Receipt
from app.engine.services.http.failures import describe_failure
from app.engine.services.http.guard import Guard
from app.engine.services.http.sessions import open_session
from app.engine.services.http.url import parse_target
from app.errors import StepFailed

#: Bytes of an answer that are read; the connection is closed behind a longer one.
ANSWER_BYTES = 2048


async def post_message(url: str, headers: Mapping[str, str], body: str, guard: Guard, timeout: float) -> Receipt:
    """
    Post a body; ``timeout`` is for all of it, in seconds.

    Raises StepFailed if there is no answer: with ``retry`` False where a repetition cannot help.
    """
    session = await open_session(guard)
    try:
        target = parse_target(url)
        expect_addresses()
        async with session.post(
            URL(target.encoded, encoded=True),
            data=body.encode(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers},
            allow_redirects=False,
            timeout=ClientTimeout(total=timeout),
        ) as response:
            return Receipt(response.status, await _read_start(response), response.headers.get("Location"))
    except (ClientError, OSError, ValueError, asyncio.TimeoutError) as error:
        kind, reason = describe_failure(error, timeout=timeout)
        raise StepFailed(reason, kind=kind) from error


async def _read_start(response: ClientResponse) -> str:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) >= ANSWER_BYTES:
            response.close()
            break
    return bytes(content[:ANSWER_BYTES]).decode(errors="replace")

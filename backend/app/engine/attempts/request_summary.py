"""What is known of a call whose result was lost: the data that its handler was given."""

from __future__ import annotations

from typing import Any

from app.engine.attempts.attempt import Attempt
from app.engine.attempts.call import render_data
from app.errors import TrigraphError
from app.graph.building.reserved import RESERVED
from app.logic.redaction import redact
from app.storage.json_text import dumps

#: Bytes of JSON text of one member of the data; a longer one is replaced by its size.
MAX_MEMBER_BYTES = 2_000
#: Members of the data that are shown.
MAX_MEMBERS = 50


def summarize_request(attempt: Attempt) -> dict[str, Any] | None:
    """
    The data of the node without the keys that every node has, without secrets, and with long values left out.

    None where its templates cannot be filled any more.
    """
    try:
        data = render_data(attempt)
    except TrigraphError:
        return None
    shown = {key: value for key, value in data.items() if key not in RESERVED}
    redacted: dict[str, Any] = redact(dict(list(shown.items())[:MAX_MEMBERS]), attempt.used_secrets)
    return {key: _cut_member(value) for key, value in redacted.items()}


def _cut_member(value: Any) -> Any:
    size = len(dumps(value))
    return value if size <= MAX_MEMBER_BYTES else f"({size:,} bytes)"

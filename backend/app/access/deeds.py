"""Deeds that commands record in the audit, in their own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.access.caller import Caller
from app.storage.access.audit import text_of_deed
from app.storage.database import Cursor


def deed(
    caller: Caller, action: str, thing: str, thing_id: str | None, detail: Mapping[str, Any] | None = None
) -> Callable[[Cursor], bytes]:
    """The statement that records the deed, for a cursor of the command; ``detail`` must contain no secret."""
    return partial(text_of_deed, actor=caller, action=action, thing=thing, thing_id=thing_id, detail=detail)

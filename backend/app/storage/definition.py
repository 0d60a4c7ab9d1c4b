"""The definition of a version: what its executions run."""

from __future__ import annotations

from typing import Any, NamedTuple


class Definition(NamedTuple):
    """A document and its dialect."""

    kind: str
    document: Any
    #: The node at which a test ends; None: everything runs.
    until: str | None = None

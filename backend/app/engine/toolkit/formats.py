"""Formats of fields in the schema of a node type, by which a studio chooses how they are edited."""

from __future__ import annotations

from typing import Any

#: ``json_schema_extra`` of a field whose value is a JSONLogic condition.
RULE: dict[str, Any] = {"format": "jsonlogic"}

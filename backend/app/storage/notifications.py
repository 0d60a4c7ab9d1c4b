"""Notifications: the messages of ``send_notification`` and their recipients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.storage.json_text import dumps
from app.storage.prepared import PreparedStatement

#: The table that an array of documents is.
TABLE = "(element int, id uuid, execution_id uuid, node_id text, notified text, message text)"
#: Insert notifications, in their order.
INSERT = PreparedStatement(
    "insert_notifications",
    {"notes": "json"},
    f"""
INSERT INTO notifications (id, execution_id, node_id, notified, message)
SELECT n.id, n.execution_id, n.node_id, n.notified::json, n.message::json
FROM json_to_recordset(%(notes)s) AS n {TABLE}""",
)


def document(id: str, execution_id: str, node_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A notification of a node as a part of the document that ``INSERT`` takes."""
    notified, message = dumps(values["notified"]), dumps(values["message"])
    return {"id": id, "execution_id": execution_id, "node_id": node_id, "notified": notified, "message": message}

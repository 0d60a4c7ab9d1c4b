"""Notifications: always listed, and delivered if their role has channels."""

from __future__ import annotations

from pathlib import Path

from app.scripts.stack.embedded import Servers
from tests.scenarios.graphs import graph, node
from tests.scenarios.stack import stack
from tests.servers import Databases
from tests.service import Service


def test_role_is_notified_on_all_its_channels(
    servers: Servers, databases: Databases, calls: Service, tmp_path: Path
) -> None:
    address = calls.url.removeprefix("http://")
    channels = f"AE=json://{address}/one,json://{address}/two;down=json://127.0.0.1:9/;odd=no-such-scheme://x"
    telling = graph("start>a", a=node("send_notification", toRole="{{ payload.role }}", message="Hot: {{ payload.n }}"))

    with stack(servers, databases, tmp_path, NOTIFICATION_CHANNELS=channels) as on:
        on.start_worker(concurrency=1)
        told, alone, down, odd = (on.begin(telling, {"role": role, "n": 7}) for role in ("AE", "nobody", "down", "odd"))

        assert on.finish(told).output == {"notified": "AE", "message": "Hot: 7"}
        assert [call.json["message"] for call in calls.at("/one") + calls.at("/two")] == ["Hot: 7", "Hot: 7"]
        assert on.finish(alone).status == "COMPLETED"
        assert on.finish(down).error["type"] == on.finish(odd).error["type"] == "NotDelivered"
        listed = on.rows("SELECT execution_id, notified, message FROM notifications")
        assert {(note.execution_id, note.notified, note.message) for note in listed} == {
            (told, "AE", "Hot: 7"),
            (alone, "nobody", "Hot: 7"),
        }

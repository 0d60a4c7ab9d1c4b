"""``python -m app.scripts.seed``: create the two sample workflows, unless they exist."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.engine import handlers
from app.engine.definitions.files import DEMO
from app.engine.definitions.validation import validate
from app.engine.registry import Registry, discover
from app.settings import Settings, load_settings
from app.storage import workflows
from app.storage.engine import make_engine
from app.storage.migrate import migrate
from app.storage.models.workflows import Workflow
from app.storage.orm import make_sessions
from app.storage.workflow_draft import WorkflowDraft

#: The demo service if ``DEMO_URL`` is not set. The samples call it, so that they need no internet.
DEMO_URL = "http://localhost:18000"
#: An advisory lock of its own, so that seeds run one after another.
LOCK = 0x73656564


def main() -> None:
    settings = load_settings()
    migrate(settings.database)
    created = seed(make_engine(settings), discover(handlers), demo_url(settings))
    for name, is_new in created.items():
        print(f"{name}: {'created' if is_new else 'exists'}")


def demo_url(settings: Settings) -> str:
    """The address of the demo service: the samples call it, so that they need no internet."""
    return settings.demo_url.rstrip("/") or DEMO


def seed(engine: Engine, registry: Registry, url: str) -> dict[str, bool]:
    """Create the samples that do not exist; True for each that was created."""
    with make_sessions(engine)() as session, session.begin():
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        return {
            draft.name: create_sample(session, draft, registry)
            for draft in (lead_routing(url), temperature_control(url))
        }


def create_sample(session: Session, draft: WorkflowDraft, registry: Registry) -> bool:
    """Save a sample, unless a workflow of its name exists, which may have been changed."""
    if session.scalar(select(Workflow.id).where(Workflow.name == draft.name, Workflow.deleted_at.is_(None)).limit(1)):
        return False
    validate(draft.document, registry)
    workflows.create_workflow(session, draft)
    return True


#   start ─▶ notify ─▶ wait ─▶ call ─▶ branch ─┬─▶ gift
#                                              └─▶ drip
def lead_routing(url: str) -> WorkflowDraft:
    """A good lead from LinkedIn: notify sales, and send a gift to a CEO."""
    is_ceo = {"==": [{"var": "lead.title"}, "CEO"]}
    cases = [{"label": "CEO", "condition": is_ceo, "next": "gift"}, {"else": True, "next": "drip"}]
    nodes = [
        node("start", "start", 0, 0),
        node("notify", "send_notification", 220, 0, toRole="AE", message="New hot lead: {{ payload.lead.title }}"),
        node("wait", "delay", 440, 0, ms=1000),
        node("call", "http_call", 660, 0, method="GET", url=f"{url}/", timeout="30s", on_error="continue"),
        node("branch", "branch", 880, 0, cases=cases),
        node("gift", "send_notification", 1100, -80, toRole="AE", message="Send the CEO a gift."),
        node("drip", "send_notification", 1100, 80, toRole="Marketing", message="Add the lead to the drip campaign."),
    ]
    edges = chain("start", "notify", "wait", "call", "branch")
    choices = [edge("branch", "gift", "CEO"), edge("branch", "drip", "else")]
    return WorkflowDraft(
        name="Lead routing",
        description="Routes good leads from LinkedIn.",
        trigger={"and": [{"==": [{"var": "lead.source"}, "LinkedIn"]}, {">": [{"var": "lead.score"}, 75]}]},
        document={"nodes": nodes, "edges": edges + choices},
    )


#   start ─▶ check ─┬─▶ alarm ─▶ record
#                   └─▶ note
def temperature_control(url: str) -> WorkflowDraft:
    """A high temperature: notify operations, and record it above 40 degrees."""
    is_hot = {">": [{"var": "temp"}, 40]}
    cases = [{"label": "hot", "condition": is_hot, "next": "alarm"}, {"else": True, "next": "note"}]
    reading = {"temp": "{{ payload.temp }}"}
    record = {"method": "POST", "url": f"{url}/readings", "body": reading, "timeout": "30s", "on_error": "continue"}
    nodes = [
        node("start", "start", 0, 0),
        node("check", "branch", 220, 0, cases=cases),
        node("alarm", "send_notification", 440, -80, toRole="Operations", message="It is {{ payload.temp }} degrees!"),
        node("record", "http_call", 660, -80, **record),
        node("note", "send_notification", 440, 80, toRole="Operations", message="It is {{ payload.temp }} degrees."),
    ]
    edges = [*chain("start", "check"), *chain("alarm", "record")]
    choices = [edge("check", "alarm", "hot"), edge("check", "note", "else")]
    return WorkflowDraft(
        name="Temperature control",
        description="Watches the temperature.",
        trigger={">": [{"var": "temp"}, 30]},
        document={"nodes": nodes, "edges": edges + choices},
    )


def node(id: str, type: str, x: int, y: int, **data: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "position": {"x": x, "y": y}, "data": data}


def edge(source: str, target: str, handle: str | None = None) -> dict[str, Any]:
    drawn = {"id": f"{source}-{target}", "source": source, "target": target}
    return drawn if handle is None else {**drawn, "sourceHandle": handle}


def chain(*ids: str) -> list[dict[str, Any]]:
    return [edge(source, target) for source, target in pairwise(ids)]


if __name__ == "__main__":
    main()

"""The tables, one module a subject; importing this package completes the metadata."""

from app.storage.models import events, executions, flow_control, operations, waiting, workflows
from app.storage.models.base import Base

__all__ = ["Base", "events", "executions", "flow_control", "operations", "waiting", "workflows"]

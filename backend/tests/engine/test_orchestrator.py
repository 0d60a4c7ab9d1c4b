"""The module that deployments import has Celery's app and tasks only once they are asked for."""

from __future__ import annotations

import subprocess
import sys

from app.settings import BACKEND

ASK = """
import sys
from app.engine import orchestrator
assert "celery" not in sys.modules and set(orchestrator.__all__) >= {"celery_app", "execute_node", "walk"}
from celery.app.utils import find_app
from app.engine.orchestrator import celery_app, execute_node, walk
for name in ("app.engine.orchestrator", "app.engine.orchestrator.celery_app", "app.engine.orchestrator:celery_app"):
    assert find_app(name) is celery_app, name
assert {execute_node.name, walk.name} < set(celery_app.tasks)
print(hasattr(orchestrator, "nothing"), [name for name in orchestrator.__all__ if not hasattr(orchestrator, name)])
"""


def test_orchestrator_imports_celery_when_it_is_asked_for() -> None:
    assert subprocess.check_output([sys.executable, "-c", ASK], cwd=BACKEND, text=True) == "False []\n"

"""Publishes the same messages as Celery does, and as this project does, for ``test_messages``."""

from app.engine.orchestrator import celery_app
from app.engine.process.messages import publish

ARGUMENTS = ([["an execution", "a ü", 1], ["another", None, None]],)
NAMED = {"queue": "gpu"}
HEADERS = {"trigraph_published_at": 1.5}

for options in ({"queue": "celery", "countdown": None}, {"queue": "gpu", "countdown": 3600.0}):
    celery_app.tasks["trigraph.walk"].apply_async(ARGUMENTS, NAMED, headers=HEADERS, **options)
    publish("trigraph.walk", ARGUMENTS, NAMED, headers=HEADERS, **options)

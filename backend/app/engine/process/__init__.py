"""One process of a deployment: its settings, its Celery app and tasks, and how a worker starts and stops."""

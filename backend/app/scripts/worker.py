"""
``python -m app.scripts.worker``: a worker as ``celery worker`` starts it, without the rest of Celery's command line.

The rest imports a shell with completion and colours, which takes 8 MB.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Work until a signal ends the worker; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.scripts.worker", description="Start a worker.")
    parser.add_argument("--app", default="app.engine.orchestrator", help="the module that has celery_app")
    parser.add_argument("--name", help="the name of the worker, as in name@host")
    parser.add_argument("--concurrency", type=int, help="its processes or threads; WORKER_CONCURRENCY if not given")
    parser.add_argument("--pool", default="prefork", choices=("prefork", "threads", "solo"))
    options = parser.parse_args(arguments)
    worker = importlib.import_module(options.app).celery_app.Worker(
        hostname=options.name,
        concurrency=options.concurrency,
        pool_cls=options.pool,
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

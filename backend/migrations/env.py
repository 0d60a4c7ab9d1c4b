"""Connects Alembic to Postgres: by the connection that it is given, else by the settings."""

from __future__ import annotations

import sys

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from app.settings import load_settings
from app.storage.engine import make_engine
from app.storage.models import Base


def run(connection: Connection) -> None:
    """Run the migrations, each in a transaction of its own."""
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def run_by_settings() -> None:
    """Connect as the settings name it. Ends the process with one line if that fails."""
    engine = make_engine(load_settings())
    try:
        connection = engine.connect()
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        sys.exit(
            f"Alembic cannot connect to Postgres: {reason}. Set DATABASE_URL; "
            "while make run is running, this sets it: set -a; . ../.data/stack.env; set +a"
        )
    with connection:
        run(connection)
        connection.commit()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    run_by_settings()

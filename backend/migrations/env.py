"""How Alembic reaches the database: through the connection it is given, or the one that the settings name."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.settings import load_settings
from app.storage.database import make_engine
from app.storage.models import Base


def run(connection: Connection) -> None:
    """Run the migrations, each in a transaction of its own."""
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(load_settings()).connect() as own:
        run(own)
        own.commit()

"""The pool of a process that uses SQLAlchemy's ORM, as an API does; ``driver`` lends its connections too."""

from __future__ import annotations

from functools import partial

from psycopg2 import OperationalError
from sqlalchemy import Engine, ExceptionContext, PoolProxiedConnection, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError, InvalidRequestError, TimeoutError

from app.settings import Settings
from app.storage import json_text
from app.storage.connecting import connection_parameters, open_connection, set_types
from app.storage.connection import Connection
from app.storage.database import POOL_TIMEOUT, PoolTimeout, is_lost, is_read_only
from app.storage.watch import DEFAULT_LIMITS, ConnectionWatch, WatchLimits

#: The dialect of the engines; how they connect is ours to say.
DIALECT = "postgresql+psycopg2://"


class LifoPool(QueuePool):
    """A pool that raises errors of the driver's kind, as ``DriverPool`` does."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except TimeoutError as error:
            raise PoolTimeout(str(error)) from None
        except InvalidRequestError as error:  # The server has ended each connection as soon as it was opened.
            raise OperationalError(str(error)) from None


def make_engine(settings: Settings, *, pool_size: int | None = None, limits: WatchLimits = DEFAULT_LIMITS) -> Engine:
    """The pool, of ``DATABASE_POOL_SIZE`` connections where nothing else is given; it connects when first asked."""
    parameters = connection_parameters(settings)
    engine = create_engine(
        DIALECT,
        creator=partial(open_connection, parameters),
        poolclass=LifoPool,
        pool_size=pool_size or settings.database_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        pool_use_lifo=True,
        json_serializer=json_text.dumps,
    )
    watch_connections(engine, ConnectionWatch(parameters, limits, shares_session=settings.shares_session))
    return engine


def watch_connections(engine: Engine, watch: ConnectionWatch) -> None:
    """Watch each new connection of the pool, and replace those that lead to no server, or not to the right one."""

    @event.listens_for(engine, "connect")
    def prepare_connection(raw: Connection, record: object) -> None:
        # SQLAlchemy has the driver make UUID objects of ids.
        set_types(raw)
        watch.add(raw)

    @event.listens_for(engine, "checkout")
    def refuse_dead_connection(raw: Connection, record: object, proxy: object) -> None:
        if is_lost(raw):
            raise DisconnectionError

    @event.listens_for(engine, "handle_error")
    def drop_standby(context: ExceptionContext) -> None:
        if is_read_only(context.original_exception):
            context.is_disconnect = True
            watch.expire()

"""The owner of the queues: two installations that share a Redis database by mistake are noticed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import psycopg2

from app.storage.database import ConnectionPool, driver
from app.storage.installation import installation_id

log = logging.getLogger(__name__)

#: Seconds between two checks.
CHECK_EVERY = 20.0
#: Seconds after which queues that nobody has claimed again have no owner.
OWNED_FOR = 60.0


@dataclass
class BrokerOwner:
    """
    Claims the queues of this process for its installation, again and again, and logs an error where they are another's.

    It only warns: queues that are shared delay executions, and a claim of before a restore into another database lasts
    for up to ``OWNED_FOR`` seconds.
    """

    engine: ConnectionPool
    #: Claims the queues for an installation unless they have an owner; returns the owner. May raise anything that the
    #: broker's client raises.
    claim: Callable[[str], str]
    _is_shared: bool = False

    def start(self, stop: threading.Event | None = None) -> None:
        """Check in a thread until ``stop`` is set, or the process ends."""
        threading.Thread(target=self._run, args=(stop or threading.Event(),), name="broker-owner", daemon=True).start()

    def _run(self, stop: threading.Event) -> None:
        self.check()
        while not stop.wait(CHECK_EVERY):
            self.check()

    def check(self) -> None:
        """Claim the queues once. Never raises."""
        try:
            with driver(self.engine) as connection, connection.cursor() as cursor:
                id = installation_id(cursor)
            owner = id if id is None else self.claim(id)
        except psycopg2.Error:
            return
        except Exception as error:  # the broker's client raises errors of several libraries
            log.debug("The owner of the queues is not known (%s).", type(error).__name__)
            return
        if owner != id and not self._is_shared:
            log.error(
                "Another installation uses the same queues in Redis, and takes messages of this one. Give each"
                " installation a REDIS_KEY_PREFIX, or a Redis database, of its own."
            )
        self._is_shared = owner != id

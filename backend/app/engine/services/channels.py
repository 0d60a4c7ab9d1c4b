"""The channels of notifications, such as Slack and mail, each of which is an Apprise URL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.deferred import Deferred
from app.engine.services.threads import run_in_thread

if TYPE_CHECKING:
    import apprise
else:
    # 12 MB with its plugins, all of which it imports for the first URL.
    apprise = Deferred("apprise")

#: A URL that sends nothing by itself.
_ANY_URL = "json://127.0.0.1"


def load_plugins() -> None:
    """Import Apprise and its plugins, so that processes which are forked afterwards share them."""
    _open([_ANY_URL])


async def send_message(urls: Sequence[str], message: str) -> bool:
    """Send a message to every channel; False if one could not be reached. If a URL is wrong, nothing is sent."""
    channels = await run_in_thread(partial(_open, urls), name="channels")
    return channels is not None and bool(await channels.async_notify(body=message or " "))


def _open(urls: Sequence[str]) -> apprise.Apprise | None:
    """The channels at these URLs; None if one of the URLs is wrong, which Apprise logs."""
    channels = apprise.Apprise()
    added = [channels.add(url) for url in urls]
    return channels if all(added) else None

"""Modules that are imported when they are first used: each takes megabytes, and many processes never need it."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class Deferred:
    """
    A module that is imported when an attribute of it is first used, by whichever thread comes first.

    An import takes 10 to 300 ms, which an event loop leaves to a thread. For types, and for the checks of imports, the
    module is also imported ``if TYPE_CHECKING``.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


def load(module: ModuleType | Deferred) -> None:
    """Import a deferred module now."""
    if isinstance(module, Deferred):
        importlib.import_module(module._name)

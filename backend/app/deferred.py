"""Modules that are imported when they are first used: each takes megabytes, and many processes never need it."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class Deferred:
    """
    A module that is imported when an attribute of it is first used, by whichever thread comes first.

    The import takes up to half a second, so an event loop has a thread ``load`` the module before. For types, and for
    the checks of imports, the module is also imported ``if TYPE_CHECKING``.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.load(), attribute)

    def load(self) -> ModuleType:
        """Import the module unless that is done; threads that do so at the same time wait for each other."""
        return importlib.import_module(self._name)

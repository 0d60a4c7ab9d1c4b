"""The triggers that were evaluated lately, compiled."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

from app.logic.rule import BareRule

Id = TypeVar("Id", bound=Hashable)

#: Bytes of the texts of the recent triggers, about 15,000 of the usual length. A compiled trigger takes about 13 times
#: the memory of its text, and up to 90 times where it is made of many operators with hardly anything in them.
MOST_TEXT = 1_000_000

#: One trigger counts for no more than this share of them, so that one huge trigger does not evict all others.
_MOST_SHARE = 16


class RuleCache(Generic[Id]):
    """
    Compiled triggers by their numbers; any number of threads may share it.

    A trigger that is found in ``recent`` costs no bookkeeping. When ``recent`` is full, it takes the place of the older
    triggers and a new one begins: a trigger that is evaluated again before that happens twice is never compiled again.
    That happens between two events only, so the candidates of one event stay, however many they are.
    """

    def __init__(self, most_text: int = MOST_TEXT) -> None:
        self.recent: dict[int, tuple[Id, BareRule]] = {}
        self._older: dict[int, tuple[Id, BareRule]] = {}
        self._most_text = most_text
        self._text = 0
        self._lock = threading.Lock()

    def begin_event(self) -> dict[int, tuple[Id, BareRule]]:
        """Make room if the recent triggers are too many; returns those that are recent then."""
        if self._text > self._most_text:
            with self._lock:
                if self._text > self._most_text:
                    self._older, self.recent, self._text = self.recent, {}, 0
        return self.recent

    def find_older(self, number: int) -> tuple[Id, BareRule] | None:
        """A trigger that is not among the recent ones, if it is still kept."""
        return self._older.get(number)

    def keep(self, number: int, trigger: tuple[Id, BareRule], size: int) -> None:
        """Keep a trigger, whose text is of this size, among the recent ones."""
        size = min(size, self._most_text // _MOST_SHARE)
        with self._lock:
            self.recent[number] = trigger
            self._text += size

    def list_compiled(self) -> dict[Id, BareRule]:
        """All triggers that are kept."""
        with self._lock:
            return dict([*self._older.values(), *self.recent.values()])

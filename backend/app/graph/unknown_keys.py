"""Keys that have no effect: each is a warning with its place, and with the key that was probably meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from app.errors import Problem
from app.graph.names import quote
from app.logic.pointer import child

#: Keys of one thing that are checked.
_MOST_KEYS = 200
#: Characters of a key that is compared with the known ones.
_LONGEST_COMPARED = 40
#: From 0 to 1: how much two keys have in common if one is a misspelling of the other.
_ALIKE = 0.75
#: The same if their first letters differ, which is less usual in a misspelling.
_VERY_ALIKE = 0.8
#: Letters of a key that is compared with keys of another first letter.
_LONG = 10


def warn_unknown_keys(
    thing: Mapping[str, Any], known: Collection[str], what: str, pointer: str, node_id: str | None = None
) -> Iterator[Problem]:
    """A warning for each key that is not known; ``what`` names the thing, ``pointer`` leads to it."""
    for key in islice(thing, _MOST_KEYS):
        if key not in known:
            yield _problem(key, meant_key(key, known), what, pointer, node_id)


def warn_misspelled_keys(
    thing: Mapping[str, Any], known: Collection[str], what: str, pointer: str, node_id: str | None = None
) -> Iterator[Problem]:
    """A warning for each key that resembles a known one which is absent; other keys belong to the editor."""
    for key in islice(thing, _MOST_KEYS):
        meant = None if key in known else meant_key(key, known)
        if meant is not None and meant not in thing:
            yield _problem(key, meant, what, pointer, node_id)


def meant_key(key: str, known: Collection[str]) -> str | None:
    """
    The known key that resembles this one most; case and ``_`` do not count.

    The first letters differ only in long keys that have most of their letters in common, as ``allow_redirects`` and
    ``follow_redirects`` do.
    """
    if not 2 < len(key) <= _LONGEST_COMPARED:
        return None
    letters = _letters(key)
    alike = {_letters(name): name for name in known if name[0].lower() == letters[:1]}
    found = get_close_matches(letters, alike, n=1, cutoff=_ALIKE)
    if found or len(letters) < _LONG:
        return alike[found[0]] if found else None
    others = {_letters(name): name for name in known}
    found = get_close_matches(letters, others, n=1, cutoff=_VERY_ALIKE)
    return others[found[0]] if found else None


def _letters(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def _problem(key: str, meant: str | None, what: str, pointer: str, node_id: str | None) -> Problem:
    advice = f"did you mean {meant}?" if meant else "it has no effect."
    message = f"{what} has the unknown key {quote(key)}; {advice}"
    return Problem("UNKNOWN_KEY", message, node_id=node_id, pointer=child(pointer, key))

"""Words for ``reduce`` where it adds up a list: the sum of a value over its items, or their number."""

from __future__ import annotations

from typing import Any

_TOTAL = {"var": "accumulator"}
_CALCULATIONS = ("+", "-", "*", "/")


def name_total(arguments: Any, items: str) -> str | None:
    """
    A total as a sentence names it: "the sum of `price` over the items of `order`", "the number of items of `order`".

    ``arguments`` are those of ``reduce`` as they are written, ``items`` is the name of its list. None for what is no
    sum.
    """
    if not isinstance(arguments, list) or len(arguments) != 3 or arguments[2] != 0:
        return None
    body = arguments[1]
    terms = body.get("+") if isinstance(body, dict) and len(body) == 1 else None
    if not isinstance(terms, list) or len(terms) != 2 or _TOTAL not in terms:
        return None
    added = terms[1 - terms.index(_TOTAL)]
    name, filtered = _name_items(arguments[0], items)
    if added == 1 and not isinstance(added, bool):
        return f"the number of {name}{filtered}"
    value = _name_value(added)
    return f"the sum of {value} over the {name}{filtered}" if value else None


def _name_items(source: Any, items: str) -> tuple[str, str]:
    """The list, and what is said of those of its items that ``filter`` selects."""
    if isinstance(source, dict) and isinstance(source.get("filter"), list) and items.startswith("filter("):
        return f"items of {items.removeprefix('filter(').removesuffix(')')}", " that fit"
    return f"items of {items}" if items else "items", ""


def _name_value(source: Any) -> str | None:
    """What is added of each item: its value, a member, or a calculation with them."""
    if isinstance(source, (int, float)) and not isinstance(source, bool):
        return str(source)
    if not isinstance(source, dict) or len(source) != 1:
        return None
    ((name, argument),) = source.items()
    if name == "var":
        path = argument[0] if isinstance(argument, list) and len(argument) == 1 else argument
        if path == "current":
            return "the values"
        return f"`{path[8:]}`" if isinstance(path, str) and path.startswith("current.") and path[8:] else None
    if name in _CALCULATIONS and isinstance(argument, list) and len(argument) > 1:
        parts = [_name_value(part) for part in argument]
        return f" {name} ".join(part for part in parts if part) if all(parts) and _is_flat(argument) else None
    return None


def _is_flat(parts: list[Any]) -> bool:
    """True if no part is a calculation itself, which would need brackets."""
    return not any(name in _CALCULATIONS for part in parts if isinstance(part, dict) for name in part)

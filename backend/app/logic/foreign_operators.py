"""Operators that other languages and query builders have, and how JSONLogic writes them."""

from __future__ import annotations

#: By their names in small letters.
_ELSEWHERE = {
    **dict.fromkeys(("eq", "equals", "equal", "="), "use '=='"),
    **dict.fromkeys(("ne", "neq", "notequal", "notequals", "not_equal", "<>"), "use '!='"),
    **dict.fromkeys(("gt", "greaterthan"), "use '>'"),
    **dict.fromkeys(("gte", "ge"), "use '>='"),
    **dict.fromkeys(("lt", "lessthan"), "use '<'"),
    **dict.fromkeys(("lte", "le"), "use '<='"),
    "&&": "use 'and'",
    "||": "use 'or'",
    "not": "use '!'",
    "nin": 'use {"!": {"in": [value, list]}}',
    "notin": 'use {"!": {"in": [value, list]}}',
    "between": 'use {"<=": [low, value, high]}',
    **dict.fromkeys(("contains", "includes"), 'use {"in": [part, value]}'),
    **dict.fromkeys(("startswith", "starts_with", "prefix"), 'use {"==": [{"substr": [text, 0, length]}, start]}'),
    **dict.fromkeys(("endswith", "ends_with", "suffix"), 'use {"==": [{"substr": [text, -length]}, end]}'),
    **dict.fromkeys(("exists", "isset"), 'use {"!": {"missing": [path]}}'),
    **dict.fromkeys(("count", "length", "size"), 'read the length of a list as {"var": "list.length"}'),
    **dict.fromkeys(("any", "anyof"), "use 'some' or 'or'"),
}


def hint_for(name: str) -> str:
    """What to write instead of an operator that is not known; empty if nothing is known to mean the same."""
    return _ELSEWHERE.get(name.lower(), "")

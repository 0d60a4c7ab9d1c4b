"""Cron expressions as people write them: names, letter case and spaces do not matter."""

from __future__ import annotations

#: Names of expressions.
NAMED_CRON = {
    "@HOURLY": "0 * * * *",
    "@DAILY": "0 0 * * *",
    "@MIDNIGHT": "0 0 * * *",
    "@WEEKLY": "0 0 * * 0",
    "@MONTHLY": "0 0 1 * *",
    "@YEARLY": "0 0 1 1 *",
    "@ANNUALLY": "0 0 1 1 *",
}


def cron_fields(cron: str) -> str:
    """The fields of an expression in upper case, with one space between them; expressions in other words are equal."""
    text = " ".join(cron.upper().split())
    return NAMED_CRON.get(text, text)

"""The JSON Schema of the reserved keys, from which an editor builds a form."""

from __future__ import annotations

from typing import Any

from app.graph.model import MAX_VISITS

_DURATION: dict[str, Any] = {"type": ["number", "string"]}

#: Keys as in ``reserved.RESERVED``; what their values may be is checked by ``read_node``.
RESERVED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "retry": {
            "type": "object",
            "description": "How often the node is attempted again after a failure.",
            "properties": {
                "max_attempts": {
                    "type": "integer",
                    "minimum": 1,
                    "default": 3,
                    "description": "Attempts, the first one included.",
                },
                "initial_interval": {
                    **_DURATION,
                    "format": "duration",
                    "default": 1,
                    "description": "The time before the second attempt.",
                },
                "max_interval": {
                    **_DURATION,
                    "format": "duration",
                    "default": 30,
                    "description": "The longest time between two attempts.",
                },
                "multiplier": {
                    "type": "number",
                    "minimum": 1,
                    "maximum": 1000,
                    "default": 2,
                    "description": "How much longer each time is than the one before.",
                },
            },
            "additionalProperties": False,
        },
        "timeout": {
            **_DURATION,
            "format": "duration",
            "description": "The time limit of one attempt: seconds, or a text such as 5m.",
        },
        "on_error": {
            "enum": ["fail", "continue"],
            "default": "fail",
            "description": "continue: after a failure, the error is the output, and the execution goes on.",
        },
        "on_lost": {
            "enum": ["again", "fail", "ask"],
            "default": "again",
            "description": "What happens if the worker is lost and the outcome is unknown.",
        },
        "join": {
            "anyOf": [
                {"type": "string", "enum": ["all", "any"]},
                {
                    "type": "object",
                    "properties": {"at_least": {"type": "integer", "minimum": 1}},
                    "required": ["at_least"],
                },
            ],
            "default": "all",
            "description": 'How many of the ways to it have to arrive: all, any, or {"at_least": n}.',
        },
        "max_visits": {
            "type": "integer",
            "minimum": 1,
            "default": MAX_VISITS,
            "description": "How often the node may run in one execution, in a loop.",
        },
        "compensate": {
            "type": "string",
            "description": "The id of the node that undoes this one if the execution fails or is cancelled later.",
        },
    },
}

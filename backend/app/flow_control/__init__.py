"""The `flow` part of a definition: limits, windows, schedules."""

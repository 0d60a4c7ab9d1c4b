"""Which workflows an event starts, and why."""

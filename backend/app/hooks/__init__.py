"""Webhooks of other systems: their schemes, their definitions in memory, and the deliveries that were refused."""

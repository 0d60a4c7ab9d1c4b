"""Schemes of webhooks, one file for each: how a sender proves that a delivery is its own, and what it says of it."""

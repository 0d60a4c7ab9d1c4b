"""Requests and responses below the level of a route."""

"""Statements on hooks and on the deliveries that they refused."""

"""Decisions: what every workflow made of an event, by the triggers of that moment."""

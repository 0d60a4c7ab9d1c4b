"""Reasoning over rules: whether any event at all can make a rule true, or false."""

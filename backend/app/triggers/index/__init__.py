"""The index of triggers: it only saves work."""

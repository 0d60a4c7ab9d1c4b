"""One attempt at one node."""

"""From nodes and edges to a checked graph."""

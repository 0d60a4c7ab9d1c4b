"""The walk of an execution from node to node."""

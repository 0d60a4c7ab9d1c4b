"""One file a node type: a file here that exports ``handler`` is registered by its presence."""

"""How a workflow runs."""

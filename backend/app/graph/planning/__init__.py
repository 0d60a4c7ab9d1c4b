"""Planning: pure functions from a settled node to the visits that follow."""

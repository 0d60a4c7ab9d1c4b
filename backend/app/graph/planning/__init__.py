"""What follows from a settled node: pure functions."""

"""Results of steps that wait for children or events."""

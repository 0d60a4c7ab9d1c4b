"""What an expression means: pure."""

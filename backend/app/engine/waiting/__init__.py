"""What a signal means to a step that waits."""

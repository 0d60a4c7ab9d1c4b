"""What a workflow is: no I/O, no clock, no framework."""

"""Commands: start the stack, create the samples, run the demo service."""

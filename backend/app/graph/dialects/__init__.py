"""A document in, a ``Graph`` out: one small compiler for each dialect."""

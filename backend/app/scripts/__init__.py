"""Commands: the seed, the embedded stack."""

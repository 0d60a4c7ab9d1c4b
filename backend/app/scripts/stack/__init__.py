"""The servers and processes that make up one Trigraph on this machine."""

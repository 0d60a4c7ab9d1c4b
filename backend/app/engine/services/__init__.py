"""Services that handlers are given."""

"""Responses that need more than one row, or are in words of a facade."""

"""Why: decisions of rules in words, and the changes that would turn them."""

"""Notes: mistakes that a decision suggests, such as a misspelt path or a number that is a text."""

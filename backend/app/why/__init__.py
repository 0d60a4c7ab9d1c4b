"""Answers to why: decisions of rules in words, causes of waits, what would be otherwise, and what would have been."""

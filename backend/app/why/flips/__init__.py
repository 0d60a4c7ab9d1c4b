"""Flips: the smallest changes to an event or to a rule that turn the rule's answer."""

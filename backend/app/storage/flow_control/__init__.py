"""Statements about lanes, rates, windows and schedules."""

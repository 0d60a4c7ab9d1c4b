"""Threads of the worker's main process: the timekeeper with its chores, and the heartbeat."""

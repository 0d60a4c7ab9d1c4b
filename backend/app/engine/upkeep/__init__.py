"""Threads of the worker that run beside its handlers."""

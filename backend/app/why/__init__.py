"""Answers to why: why an execution waits, why a step went its way, how two executions differ, and what would be."""

"""Graphs of workflows, compiled from documents, without I/O, a clock or a framework."""

"""Trigraph: events start workflows, workers run their steps, and every step is recorded."""

#: The version of the package, of the API and of its OpenAPI document.
__version__ = "0.2.0"

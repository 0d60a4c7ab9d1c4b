"""Shapes of bodies and responses, as OpenAPI documents them."""

"""Secrets and credentials: encrypted in Postgres, read by the steps that name them."""

"""What we remember: models, one module of queries a noun. Nothing here commits."""

"""Storage in Postgres: the models, and one module of queries per noun. Callers commit."""

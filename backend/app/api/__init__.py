"""How the world speaks to us: one router a noun."""

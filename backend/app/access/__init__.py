"""Access: scopes of routes, keys, people, limits for a sender, and the audit."""

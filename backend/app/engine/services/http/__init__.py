"""The HTTP client of handlers: what is sent, how redirects are followed, how an answer is read."""

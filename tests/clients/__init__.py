"""Real client libraries against a running server."""

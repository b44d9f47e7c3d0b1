"""Floor 7: puts the server together: configuration, logs, start-up, signals, HTTP."""

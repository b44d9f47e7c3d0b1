"""Floor 2: keys and what holds them: entries, tables, databases, expiry and eviction. Knows no client and no reply."""

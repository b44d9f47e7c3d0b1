"""Floor 1: the structures that values are made of, and nothing else: no keys, no clients, no replies."""

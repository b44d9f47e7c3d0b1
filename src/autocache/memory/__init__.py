"""Floor 0: the only place that allocates and frees C memory. Imports nothing of ours."""

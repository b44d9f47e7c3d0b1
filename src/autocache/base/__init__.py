"""Floor 0: the ground every room stands on (clock, numbers and text, globs, limits). Imports nothing of ours."""

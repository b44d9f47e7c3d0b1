"""The one error of the benchmark: it could not measure. A bad figure is never an error."""


class BenchError(Exception):
    """The run cannot go on: a program is missing, a server died or did not answer as Redis does."""

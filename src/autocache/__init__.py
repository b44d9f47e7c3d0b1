"""AutoCache: a Redis-compatible cache, written in Python, whose data path is compiled by Cython."""

__version__ = "0.1.0"

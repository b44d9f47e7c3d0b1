"""Fuzzing of the request parser."""

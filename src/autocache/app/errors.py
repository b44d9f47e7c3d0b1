"""The one exception that refuses a setting; apart, so that raising it needs no import of the tables."""


class ConfigError(ValueError):
    """A setting that is refused. `str()` is the whole text; a reply puts the code `ERR` before it."""

    @property
    def reply(self) -> str:
        """The error reply, without the leading `-`."""
        return f"ERR {self}"

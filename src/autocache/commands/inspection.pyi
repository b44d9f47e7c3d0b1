from typing import NamedTuple

from autocache.commands.cache import Cache

class EntryFacts(NamedTuple):
    key: bytes
    type: int
    encoding: str
    value: bytes
    expiry_ms: int
    size: int
    access: int
    idle_s: int
    address: int

def look_up(cache: Cache, db: int, key: bytes) -> EntryFacts | None: ...
def members(cache: Cache, db: int, key: bytes) -> list[bytes]: ...
def entries(cache: Cache, db: int) -> list[EntryFacts]: ...
def add_string(cache: Cache, db: int, key: bytes, value: bytes) -> bool: ...
def table_figures(cache: Cache, db: int) -> dict[str, int]: ...
def value_figures(cache: Cache, db: int, key: bytes) -> dict[str, int] | None: ...

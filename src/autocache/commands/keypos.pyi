# What typed Python needs of keypos.pyx.
from collections.abc import Sequence

from autocache.commands.declare import Spec

def keys_in(spec: Spec, words: Sequence[bytes]) -> list[tuple[int, int]] | None: ...

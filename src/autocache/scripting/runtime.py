"""A Lua state and the scripts that were loaded into it.

lupa is imported with the first script: a server that runs none pays nothing for it. What a script can see is made by
`sandbox.lua`; what crosses between the two languages are bytes and numbers only. No function that Lua calls may raise:
Lua would hand the Python exception to the script.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from autocache.commands.info import REDIS_VERSION
from autocache.resp.values import ReplyError
from autocache.scripting.bits import bitwise
from autocache.scripting.calls import ScriptCalls
from autocache.scripting.frames import keep_frames

log = logging.getLogger("autocache.scripting")

LUA_HEAP_BYTES_MAX = 256 * 1024**2
LOG_LEVELS = (logging.DEBUG, logging.DEBUG, logging.INFO, logging.WARNING)
NO_MEMORY = b"-ERR not enough memory: a script may use %d bytes script: %b\r\n"


def version_number(version: str) -> int:
    """A version as redis.REDIS_VERSION_NUM has it: a byte for each part."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major << 16 | minor << 8 | patch


def text_of(value: object) -> str:
    """What Lua said, as text."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


class Runtime:
    """One Lua state. Scripts run one at a time, and `calls` are those of the one that runs."""

    def __init__(self) -> None:
        from lupa import lua51

        self._error: type[Exception] = lua51.LuaError
        self._lua = lua51.LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            attribute_filter=refuse_attribute,
            max_memory=LUA_HEAP_BYTES_MAX,
        )
        self.calls: ScriptCalls | None = None
        self.deadline_s = 0.0
        room = files("autocache.scripting")
        run, compile_text = self._lua.execute(
            room.joinpath("sandbox.lua").read_bytes(), self._call, self._expired, sha1_hex, write_log, bitwise,
            room.joinpath("json.lua").read_bytes(), keep_frames, REDIS_VERSION.encode(), version_number(REDIS_VERSION),
        )  # fmt: skip
        self._run: Callable[..., bytes] = run
        self._compile: Callable[[bytes], tuple[Any, bytes]] = compile_text

    def _call(self, protocol: int, *words: bytes) -> bytes:
        """redis.call: the reply of a command."""
        try:
            assert self.calls is not None
            return self.calls.run(words, int(protocol))
        except Exception:
            log.exception("a command that a script called failed: this is a bug")
            return b"-ERR internal error: the server's log says more\r\n"

    def _expired(self) -> bool:
        return time.monotonic() >= self.deadline_s

    def compile(self, body: bytes) -> Any:  # noqa: ANN401  (lupa has no types)
        """A function of Lua's; ReplyError if the text is none."""
        try:
            function, message = self._compile(body)
        except self._error as error:
            function, message = None, text_of(error).encode("utf-8", "surrogateescape")
        if function is None:
            raise ReplyError(f"ERR Error compiling script (new function): {text_of(message)}")
        return function

    def run(
        self, function: Any, sha: bytes, keys: Sequence[bytes], args: Sequence[bytes], protocol: int  # noqa: ANN401
    ) -> bytes:  # fmt: skip
        """Run a compiled script; its reply as it would stand on the wire."""
        try:
            return self._run(function, sha, self._lua.table_from(keys), self._lua.table_from(args), protocol)
        except (self._error, MemoryError):
            # The script's own errors are replies; this one came up while its reply was made.
            return NO_MEMORY % (LUA_HEAP_BYTES_MAX, sha)


def refuse_attribute(_owner: object, _name: object, _setting: object) -> object:
    """No attribute of any Python object is Lua's to see."""
    raise AttributeError


def sha1_hex(data: bytes) -> bytes:
    """The digest that names a script."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest().encode()


def write_log(level: float, message: bytes) -> None:
    """redis.log."""
    log.log(LOG_LEVELS[int(level)], "%s", text_of(message))

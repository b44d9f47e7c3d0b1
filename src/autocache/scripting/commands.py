"""EVAL, EVALSHA, their read-only forms, and SCRIPT.

Scripts are kept by the SHA1 of their text, as clients name them, until SCRIPT FLUSH. redis-server lets a slow script
run on and answers BUSY to all others until SCRIPT KILL; here one that runs longer than `busy-reply-threshold` is ended, so
no client ever sees BUSY, and SCRIPT KILL never finds a script that runs.

The Lua state and the compiled helper are imported with the first script: a server that runs none starts as fast without
them, and `calls` needs a cache that is there already.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from autocache.commands.declare import command, container
from autocache.commands.plain import declare_help, integer, text
from autocache.resp.values import OK, Raw, ReplyError
from autocache.scripting.shebang import read_shebang

if TYPE_CHECKING:
    from autocache.commands.cache import Cache, Call
    from autocache.scripting.calls import ScriptCalls
    from autocache.scripting.runtime import Runtime

NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL."
OOM_REFUSED = "OOM command not allowed when used memory > 'maxmemory'."
WORST = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
WORST_RO = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
THRESHOLD = "busy-reply-threshold"
THRESHOLD_MS = "5000"  # where there is no configuration
SHA1_CHARS = 40


class Script(NamedTuple):
    """A script that was loaded."""

    function: Any
    flags: frozenset[str] | None  # of its first line, or None if that says nothing


class ScriptCache:
    """The scripts of a cache and the Lua state that they were compiled in."""

    def __init__(self) -> None:
        from autocache.scripting.runtime import Runtime

        self.runtime = Runtime()
        self.scripts: dict[bytes, Script] = {}

    def load(self, body: bytes) -> bytes:
        """Compile a script, unless it is known; its name."""
        sha = hashlib.sha1(body, usedforsecurity=False).hexdigest().encode()
        if sha not in self.scripts:
            flags, code = read_shebang(body)
            self.scripts[sha] = Script(self.runtime.compile(code), flags)
        return sha


def scripts_of(cache: Cache) -> ScriptCache:
    """The scripts of a cache; the first call makes its Lua state."""
    if not isinstance(cache.scripts, ScriptCache):
        cache.scripts = ScriptCache()
    return cache.scripts


def split_keys(args: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """What a script gets as KEYS and as ARGV."""
    count = integer(args[2])
    if count > len(args) - 3:
        raise ReplyError("ERR Number of keys can't be greater than number of args")
    if count < 0:
        raise ReplyError("ERR Number of keys can't be negative")
    return args[3 : 3 + count], args[3 + count :]


def run_script(call: Call, sha: bytes, *, read_only: bool) -> object:
    """Run a loaded script for a client."""
    from autocache.scripting.calls import ScriptCalls

    split_keys(call.args)
    cache = scripts_of(call.cache)
    script = cache.scripts.get(sha)
    if script is None:
        raise ReplyError(NO_SCRIPT)
    flags = script.flags
    if read_only and flags is not None and "no-writes" not in flags:
        raise ReplyError("ERR Can not execute a script with write flag using *_ro command.")
    no_writes = read_only or (flags is not None and "no-writes" in flags)
    calls = ScriptCalls(call, no_writes, flags is not None and ("allow-oom" in flags or no_writes))
    try:
        if flags is not None and calls.out_of_memory and not calls.allow_oom:
            raise ReplyError(OOM_REFUSED)
        reply = run_limited(cache.runtime, calls, call, script, sha)
    finally:
        calls.end()
    if reply.startswith(b"-"):
        raise ReplyError(text(reply[1:-2]))
    return Raw(reply)


def run_limited(runtime: Runtime, calls: ScriptCalls, call: Call, script: Script, sha: bytes) -> bytes:
    """Run a script with the clock set to its limit."""
    keys, args = split_keys(call.args)
    limit_ms = int(call.host.config.get([THRESHOLD]).get(THRESHOLD, THRESHOLD_MS))
    runtime.deadline_s = time.monotonic() + limit_ms / 1000 if limit_ms else float("inf")
    runtime.calls = calls
    try:
        return runtime.run(script.function, sha, keys, args, call.protocol)
    finally:
        runtime.calls = None


def eval_text(call: Call, *, read_only: bool) -> object:
    """EVAL and EVAL_RO."""
    split_keys(call.args)
    return run_script(call, scripts_of(call.cache).load(call.args[1]), read_only=read_only)


def eval_sha(call: Call, *, read_only: bool) -> object:
    """EVALSHA and EVALSHA_RO."""
    sha = call.args[1]
    if len(sha) != SHA1_CHARS:
        raise ReplyError(NO_SCRIPT)
    return run_script(call, sha.lower(), read_only=read_only)


@command(
    "EVAL script numkeys [key [key ...]] [arg [arg ...]]",
    arity=-3,
    group="scripting",
    since="2.6.0",
    flags="noscript stale skip_monitor",
    keys="RW access update@2:n",
    key_notes=WORST,
    internal=("may_have_no_keys", "replicates"),
    complexity="Depends on the script.",
    about="Runs a Lua script. One that runs longer than busy-reply-threshold is ended with an error.",
)
def eval_command(call: Call) -> object:
    """Run a script given as text."""
    return eval_text(call, read_only=False)


@command(
    "EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]",
    arity=-3,
    group="scripting",
    since="2.6.0",
    flags="noscript stale skip_monitor",
    keys="RW access update@2:n",
    internal=("may_have_no_keys", "replicates"),
    complexity="Depends on the script.",
    about="Runs a Lua script that was loaded before, named by its SHA1 digest.",
)
def evalsha_command(call: Call) -> object:
    """Run a script given by name."""
    return eval_sha(call, read_only=False)


@command(
    "EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]",
    arity=-3,
    group="scripting",
    since="7.0.0",
    flags="readonly noscript stale skip_monitor",
    keys="RO access@2:n",
    key_notes=WORST_RO,
    internal=("may_have_no_keys",),
    complexity="Depends on the script.",
    about="Runs a Lua script that may not write.",
)
def eval_ro_command(call: Call) -> object:
    """Run a script given as text that may not write."""
    return eval_text(call, read_only=True)


@command(
    "EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]",
    arity=-3,
    group="scripting",
    since="7.0.0",
    flags="readonly noscript stale skip_monitor",
    keys="RO access@2:n",
    internal=("may_have_no_keys",),
    complexity="Depends on the script.",
    about="Runs a Lua script that was loaded before and may not write.",
)
def evalsha_ro_command(call: Call) -> object:
    """Run a script given by name that may not write."""
    return eval_sha(call, read_only=True)


container(
    "SCRIPT",
    group="scripting",
    since="2.6.0",
    about="Loads scripts, and tells which are loaded.",
    categories="-scripting",
)


@command(
    "SCRIPT DEBUG <YES | SYNC | NO>",
    parent="script",
    arity=3,
    group="scripting",
    since="3.2.0",
    flags="noscript",
    complexity="O(1)",
    about="Refused, but for NO: there is no debugger.",
)
def script_debug(call: Call) -> object:
    """Accept what turns the debugger off."""
    mode = call.args[2].lower()
    if mode == b"no":
        return OK
    if mode in {b"yes", b"sync"}:
        raise ReplyError("ERR SCRIPT DEBUG is not available: there is no debugger")
    raise ReplyError("ERR Use SCRIPT DEBUG YES/SYNC/NO")


@command(
    "SCRIPT EXISTS sha1 [sha1 ...]",
    parent="script",
    arity=-3,
    group="scripting",
    since="2.6.0",
    flags="noscript",
    tips=("request_policy:all_shards", "response_policy:agg_logical_and"),
    complexity="O(N), when N is the number of scripts asked for",
    about="Tells of each script whether it is loaded.",
)
def script_exists(call: Call) -> object:
    """Look scripts up."""
    known = scripts_of(call.cache).scripts if call.cache.scripts else {}
    return [int(sha.lower() in known) for sha in call.args[2:]]


@command(
    "SCRIPT FLUSH [ASYNC | SYNC]",
    parent="script",
    arity=-2,
    group="scripting",
    since="2.6.0",
    flags="noscript",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
    complexity="O(N), when N is the number of scripts",
    about="Forgets all scripts.",
)
def script_flush(call: Call) -> object:
    """Forget the scripts together with their Lua state."""
    if len(call.args) > 3 or (len(call.args) == 3 and call.args[2].lower() not in {b"async", b"sync"}):
        raise ReplyError("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    call.cache.scripts = None
    return OK


@command(
    "SCRIPT KILL",
    parent="script",
    arity=2,
    group="scripting",
    since="2.6.0",
    flags="noscript allow_busy",
    tips=("request_policy:all_shards", "response_policy:one_succeeded"),
    complexity="O(1)",
    about="Never finds a script to end: a slow one is ended by the server (busy-reply-threshold).",
)
def script_kill(_call: Call) -> object:
    """Say that no script runs: while one does, no other command is read."""
    raise ReplyError("NOTBUSY No scripts in execution right now.")


@command(
    "SCRIPT LOAD script",
    parent="script",
    arity=3,
    group="scripting",
    since="2.6.0",
    flags="noscript stale",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
    complexity="O(N), when N is the length of the script",
    about="Loads a script, and answers the SHA1 digest that EVALSHA names it by.",
)
def script_load(call: Call) -> object:
    """Compile a script."""
    return scripts_of(call.cache).load(call.args[2])


declare_help("script", since="5.0.0")

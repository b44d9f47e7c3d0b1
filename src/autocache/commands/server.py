"""CONFIG, INFO, MEMORY, MONITOR and SHUTDOWN: what concerns the server itself."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from autocache.commands import inspection
from autocache.commands.declare import command, container
from autocache.commands.info import gather, info_text, sections_of
from autocache.commands.memory_report import advice, allocator_text, memory_map
from autocache.commands.plain import declare_help, integer, syntax_error, text
from autocache.resp.values import NO_REPLY, OK, Pairs, ReplyError, Verbatim

if TYPE_CHECKING:
    from autocache.commands.cache import Call

ADMIN = "admin noscript loading stale"

# --- CONFIG

container("CONFIG", group="server", since="2.0.0", about="Reads and changes the configuration of a running server.")


@command(
    "CONFIG GET parameter [parameter ...]",
    parent="config",
    arity=-3,
    group="server",
    since="2.0.0",
    flags=ADMIN,
    complexity="O(N), N being the number of parameters given.",
    about="Answers the parameters that match the given names or patterns.",
)
def config_get(call: Call) -> object:
    """The parameters that match."""
    return Pairs(call.host.config.get([text(word) for word in call.args[2:]]).items())


@command(
    "CONFIG SET parameter value [parameter value ...]",
    parent="config",
    arity=-4,
    group="server",
    since="2.0.0",
    flags=ADMIN,
    complexity="O(N), N being the number of parameters given.",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
    about="Changes parameters, all of them or, if one is refused, none.",
)
def config_set(call: Call) -> object:
    """Change parameters."""
    words = [text(word) for word in call.args[2:]]
    if len(words) % 2:
        raise syntax_error()
    try:
        call.host.config.set(list(zip(words[::2], words[1::2], strict=True)), local=call.host.is_local(call.session_id))
    except ValueError as error:
        raise ReplyError(f"ERR {error}") from error
    return OK


@command(
    "CONFIG RESETSTAT",
    parent="config",
    arity=2,
    group="server",
    since="2.0.0",
    flags=ADMIN,
    about="Sets the counters that INFO shows to zero.",
)
def config_resetstat(call: Call) -> object:
    """Set the counters to zero."""
    call.cache.reset_stats()
    call.host.reset_stats()
    return OK


@command(
    "CONFIG REWRITE",
    parent="config",
    arity=2,
    group="server",
    since="2.8.0",
    flags=ADMIN,
    about="Writes the parameters as they are now into the config file.",
)
def config_rewrite(call: Call) -> object:
    """Bring the config file up to date."""
    try:
        call.host.config.rewrite()
    except ValueError as error:
        raise ReplyError(f"ERR {error}") from error
    return OK


declare_help("config", since="5.0.0")

# --- INFO


@command(
    "INFO [section [section ...]]",
    arity=-1,
    group="server",
    since="1.0.0",
    flags="loading stale",
    categories="dangerous",
    tips=("nondeterministic_output", "request_policy:all_shards", "response_policy:special"),
    about="Answers what the server knows of itself, by sections.",
)
def info(call: Call) -> object:
    """The sections asked for."""
    return Verbatim(info_text(call.cache, sections_of([text(word) for word in call.args[1:]])))


# --- MEMORY

REPORT_TIPS = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")

container("MEMORY", group="server", since="4.0.0", about="Answers questions about the use of memory.")


@command(
    "MEMORY DOCTOR",
    parent="memory",
    arity=2,
    group="server",
    since="4.0.0",
    tips=REPORT_TIPS,
    about="Says what is unusual about the use of memory, and what to do.",
)
def memory_doctor(call: Call) -> object:
    """Advice."""
    return Verbatim(advice(gather(call.cache)))


@command(
    "MEMORY MALLOC-STATS",
    parent="memory",
    arity=2,
    group="server",
    since="4.0.0",
    tips=REPORT_TIPS,
    about="Answers the allocator's own figures.",
)
def memory_malloc_stats(call: Call) -> object:
    """The allocator's figures."""
    return Verbatim(allocator_text(call.cache.memory_stats()))


@command(
    "MEMORY PURGE",
    parent="memory",
    arity=2,
    group="server",
    since="4.0.0",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
    about="Asks the allocator to give back to the system what it does not need.",
)
def memory_purge(call: Call) -> object:
    """Collect Python's garbage; slabs give their pages back by themselves."""
    del call
    gc.collect()
    return OK


@command(
    "MEMORY STATS",
    parent="memory",
    arity=2,
    group="server",
    since="4.0.0",
    tips=REPORT_TIPS,
    about="Answers where memory goes, as a map.",
)
def memory_stats(call: Call) -> object:
    """Where memory goes."""
    return memory_map(call.cache)


@command(
    "MEMORY USAGE key [SAMPLES count]",
    parent="memory",
    arity=-3,
    group="server",
    since="4.0.0",
    flags="readonly",
    keys="RO@2",
    complexity="O(N), N being the number of samples.",
    about="Answers how many bytes a key and its value take.",
)
def memory_usage(call: Call) -> object:
    """The bytes of a key, its value and its place in the index; strings need no samples."""
    args = call.args
    at = 3
    while at < len(args):
        if args[at].lower() != b"samples" or at + 1 == len(args):
            raise syntax_error()
        if integer(args[at + 1]) < 0:
            raise syntax_error()
        at += 2
    entry = inspection.look_up(call.cache, call.db, args[2])
    return None if entry is None else entry.size


declare_help("memory", since="4.0.0")

# --- MONITOR, SHUTDOWN


@command(
    "MONITOR",
    arity=1,
    group="server",
    since="1.0.0",
    flags=ADMIN,
    complexity="",
    about="Shows every command that the server runs, as it runs.",
)
def monitor(call: Call) -> object:
    """Become a monitor; saying so twice is answered once."""
    if call.in_transaction:
        raise ReplyError("ERR MONITOR isn't allowed for DENY BLOCKING client")
    if call.monitors:
        return NO_REPLY
    call.start_monitor()
    call.host.start_monitor(call.session_id)
    return OK


@command(
    "SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
    arity=-1,
    group="server",
    since="1.0.0",
    flags=ADMIN + " no_multi allow_busy",
    complexity="O(N) when saving, N being the number of keys, otherwise O(1).",
    about="Ends the server, after saving if that is configured, or calls such an end off.",
)
def shutdown(call: Call) -> object:
    """Begin to end, or call it off."""
    words = [word.lower() for word in call.args[1:]]
    options = frozenset(words)
    abort = b"abort" in options
    known = options <= {b"nosave", b"save", b"now", b"force", b"abort"}
    if not known or {b"nosave", b"save"} <= options or (abort and len(options) > 1):
        raise syntax_error()
    if abort:
        if not call.host.abort_shutdown():
            raise ReplyError("ERR No shutdown in progress.")
        return OK
    call.host.shutdown(frozenset(word.decode() for word in options))
    return NO_REPLY

"""CLIENT TRACKING and its companions CACHING, GETREDIR and TRACKINGINFO. How tracking works is in
tracking.pyx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autocache.commands.clients import CONNECTION
from autocache.commands.declare import command
from autocache.commands.plain import integer, syntax_error
from autocache.resp.values import OK, Elements, Pairs, ReplyError

if TYPE_CHECKING:
    from autocache.commands.cache import Call
    from autocache.commands.view import SessionView

WORDS = (b"bcast", b"optin", b"optout", b"noloop")
SHOWN = ("bcast", "optin", "optout", "noloop", "broken_redirect")
SWITCH_MODE = (
    "ERR You can't switch {} mode {}before disabling tracking for this client, and then re-enabling it with a"
    " different mode."
)


def tracking_options(call: Call) -> tuple[int, set[str], list[bytes]]:
    """Redirection, words and prefixes of CLIENT TRACKING."""
    redirect, words, prefixes = 0, set(), []
    rest = iter(call.args[3:])
    for option in rest:
        word = option.lower()
        value = next(rest, None) if word in (b"redirect", b"prefix") else b""
        if word == b"redirect" and value is not None:
            if redirect:
                raise ReplyError("ERR A client can only redirect to a single other client")
            redirect = integer(value)
            if call.cache.client(redirect) is None:
                raise ReplyError("ERR The client ID you want redirect to does not exist")
        elif word == b"prefix" and value is not None:
            prefixes.append(value)
        elif word in WORDS:
            words.add(word.decode())
        else:
            raise syntax_error()
    return redirect, words, prefixes


def check_modes(session: SessionView, words: set[str], prefixes: list[bytes]) -> None:
    """Refuse options that do not fit together, or not to how the client tracks already."""
    now = session.tracking
    if prefixes and "bcast" not in words:
        raise ReplyError("ERR PREFIX option requires BCAST mode to be enabled")
    if now is not None and ("bcast" in now) != ("bcast" in words):
        raise ReplyError(SWITCH_MODE.format("BCAST", "on/off "))
    if "bcast" in words and words & {"optin", "optout"}:
        raise ReplyError("ERR OPTIN and OPTOUT are not compatible with BCAST")
    if {"optin", "optout"} <= words:
        raise ReplyError("ERR You can't specify both OPTIN mode and OPTOUT mode")
    if now is not None and {"optin", "optout"} <= words | now:
        raise ReplyError(SWITCH_MODE.format("OPTIN/OPTOUT", ""))


def check_prefixes(prefixes: list[bytes], existing: list[bytes]) -> None:
    """Refuse prefixes of which one begins with another: their keys would be told of twice."""
    for at, prefix in enumerate(prefixes):
        for others, what in ((existing, "an existing"), (prefixes[at + 1 :], "another provided")):
            for other in others:
                if prefix.startswith(other) or other.startswith(prefix):
                    left, right = (word.split(b"\0")[0].decode("utf-8", "surrogateescape") for word in (prefix, other))
                    raise ReplyError(
                        f"ERR Prefix '{left}' overlaps with {what} prefix '{right}'."
                        " Prefixes for a single client must not overlap."
                    )


@command(
    "CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN]"
    " [OPTOUT] [NOLOOP]",
    parent="client",
    arity=-3,
    group="connection",
    since="6.0.0",
    flags=CONNECTION,
    complexity="O(1). Some options may introduce additional complexity.",
    about="Tells the client when keys change that it has read, so that it can keep copies of them.",
)
def client_tracking(call: Call) -> object:
    """Start or stop to track."""
    redirect, words, prefixes = tracking_options(call)
    mode = call.args[2].lower()
    session = call.session
    if mode == b"on":
        check_modes(session, words, prefixes)
        if "bcast" in words:
            check_prefixes(prefixes, session.prefixes)
            prefixes = prefixes or [b""]
        session.track(redirect, words, prefixes)
    elif mode == b"off":
        session.untrack()
    else:
        raise syntax_error()
    return OK


@command(
    "CLIENT CACHING <YES | NO>",
    parent="client",
    arity=3,
    group="connection",
    since="6.0.0",
    flags=CONNECTION,
    about="Says of the next command whether its keys are tracked, in the modes OPTIN and OPTOUT.",
)
def client_caching(call: Call) -> object:
    """Make the next command an exception."""
    now = call.session.tracking
    word = call.args[2].lower()
    if now is None:
        raise ReplyError(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT"
            " mode enabled"
        )
    if word not in (b"yes", b"no"):
        raise syntax_error()
    mode = "optin" if word == b"yes" else "optout"
    if mode not in now:
        raise ReplyError(
            f"ERR CLIENT CACHING {word.decode().upper()} is only valid when tracking is enabled in {mode.upper()} mode."
        )
    call.session.track_next()
    return OK


@command(
    "CLIENT GETREDIR",
    parent="client",
    arity=2,
    group="connection",
    since="6.0.0",
    flags=CONNECTION,
    about="Answers the id of the client that is told in its place: 0 if none is, -1 if it does not track.",
)
def client_getredir(call: Call) -> object:
    """The client that is told in its place."""
    return -1 if call.session.tracking is None else call.session.redirect


@command(
    "CLIENT TRACKINGINFO",
    parent="client",
    arity=2,
    group="connection",
    since="6.2.0",
    flags=CONNECTION,
    about="Shows how the client tracks keys.",
)
def client_trackinginfo(call: Call) -> object:
    """How the client tracks keys."""
    now = call.session.tracking
    words = ["off"]
    if now is not None:
        words = ["on", *(word for word in SHOWN if word in now)]
        for mode, said in (("optin", "caching-yes"), ("optout", "caching-no")):
            if mode in now and "caching" in now:
                words.insert(words.index(mode) + 1, said)
    redirect = -1 if now is None else call.session.redirect
    return Pairs([("flags", Elements(words)), ("redirect", redirect), ("prefixes", call.session.prefixes)])

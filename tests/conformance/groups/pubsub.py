"""Pub/sub: subscribing, publishing, what a subscribed client may do, and what others see of it.

A subscribed client in RESP2 gets messages as plain arrays, so each is read by a step of its own (`c1<`); in RESP3 they
are pushes, which `c1<` reads as well. UNSUBSCRIBE without arguments answers in the order of a hash table in
redis-server: cases end at most one subscription so, or name a normaliser that does not look at the order.
"""

from __future__ import annotations

from tests.conformance.model import Group, Raw
from tests.wire import encode

# The tables are filled by hand; one argument a line would hide them.
# fmt: off

case = Group("pubsub")
CASES = case.cases

KINDS = (("SUBSCRIBE", "UNSUBSCRIBE", "PUBLISH"), ("PSUBSCRIBE", "PUNSUBSCRIBE", "PUBLISH"),
         ("SSUBSCRIBE", "SUNSUBSCRIBE", "SPUBLISH"))
LONG = "x" * 40000

# --- subscribing and unsubscribing

for on, off, publish in KINDS:
    case(f"{on}: one", f"c1! {on} a", "c1<", f"c2> {publish} a hello", "c1<", f"c1! {off} a", "c1<",
         f"c2> {publish} a hello", "c1> PING")
    case(f"{on}: many, and one twice", f"c1! {on} a b a c", "c1<", "c1<", "c1<", "c1<", f"c2> {publish} b 1", "c1<",
         f"c1! {off} b a nothing b", "c1<", "c1<", "c1<", "c1<", f"c1! {off}", "c1<", f"c1! {off}", "c1<",
         "c1> GET k")
    case(f"{off}: from nothing", f"c1! {off}", "c1<", f"c1! {off} a b", "c1<", "c1<", "c1> GET k")
    case(f"{on}: arguments", on, publish, f"{publish} a", f"{publish} a b c")
    case(f"{on}: empty and binary names", f'c1! {on} "" "\\x00\\r\\n\\xff"', "c1<", "c1<", f'c2> {publish} "" ""',
         "c1<", f'c2> {publish} "\\x00\\r\\n\\xff" "\\x00\\r\\n\\xff"', "c1<")
    case(f"{on}: a long name", Raw(encode([on, LONG]), replies=0), "c1<", f"c1! {off}", "c1<", "c1> PING")
    case(f"{on}: ends with the connection", f"c1! {on} a", "c1<", "@close c1", "@sleep 20", f"c2> {publish} a 1",
         "c2> PUBSUB CHANNELS", "c2> PUBSUB NUMPAT", "c2> PUBSUB SHARDCHANNELS", "c2> PUBSUB NUMSUB a")
    case(f"{on}: ends with RESET", f"c1! {on} a b", "c1<", "c1<", "c1> RESET", f"c2> {publish} a 1", "c1> GET k",
         "c1> @client CLIENT INFO")
    case(f"{on}: ends with QUIT", f"c1! {on} a", "c1<", "c1> QUIT", "c1<eof", "@sleep 20", f"c2> {publish} a 1")
    case(f"{on}: ends with CLIENT KILL", f"c1! {on} a", "c1<", "c2> CLIENT KILL TYPE pubsub", f"c2> {publish} a 1",
         "c1<eof")
    case(f"{on}: CLIENT LIST", f"c1! {on} a b", "c1<", "c1<", "c2> @client CLIENT LIST TYPE pubsub",
         "c2> @client CLIENT LIST TYPE normal", f"c1! {off} a", "c1<", "c2> @client CLIENT LIST TYPE pubsub",
         f"c1! {off} b", "c1<", "c2> @client CLIENT LIST TYPE pubsub", "c1> @client CLIENT INFO")
    case(f"{on}: long messages", f"c2! {on} a", "c2<", f"c3! {on} b a", "c3<", "c3<", [publish, "b", LONG],
         [publish, "a", LONG], "c3<", "c2<", "c3<", [publish, "a", LONG * 10], "c2<", "c3<", f"{publish} a short",
         "c2<", "c3<")
    case(f"{on}: a message of {publish} to oneself", f"c1! {on} a", "c1<", f"c1> {publish} a m", "c1> PING",
         "c1> MULTI", f"c1> {publish} a 1", f"c1> {publish} a 2", "c1> GET k", f"c1! {publish} a 3", "c1<",
         protocols=(3,))
    case(f"{on}: replies off", f"c1! {on} a", "c1<", "c1! CLIENT REPLY OFF", f"c1! {on} b", "c1<",
         f"c2> {publish} b 1", "c1<", f"c1! {publish} a self", "c1<", f"c1! {off} b", "c1<", "c1! PING",
         "c1> CLIENT REPLY ON", "c1> PING", protocols=(3,))
    case(f"{on}: replies skipped", "c1! CLIENT REPLY SKIP", f"c1! {on} a", "c1<", "c1> PING")

for on, off, publish in KINDS[:2]:
    # EXEC's array announces one element for each command, though these answer two and more.
    case(f"{on}: in a transaction", "MULTI", f"{on} a b", f"{off} a", f"{off}", "c1! EXEC", *["c1<"] * 2, "PING")
    case(f"{on}: in a transaction, and stays", "c1> MULTI", f"c1> {on} a", "c1> GET k", f"c1> {publish} a m",
         "c1> PING", "c1! EXEC", "c1<", "c1<", "c2> PING", protocols=(2,))
    case(f"{on}: replies off in a transaction", f"c1! {on} a", "c1<", "c1! CLIENT REPLY OFF", "c1! MULTI",
         f"c1! {publish} a 1", f"c1! {on} b", "c1! GET k", "c1! EXEC", "c1<", "c1<", "c1> CLIENT REPLY ON",
         protocols=(3,))
case("SSUBSCRIBE is refused in a transaction", "MULTI", "SSUBSCRIBE a b", "GET k", "SUNSUBSCRIBE a", "EXEC", "GET k",
     "PUBSUB SHARDCHANNELS")

# --- publishing

case("publish to nobody", "PUBLISH a b", "SPUBLISH a b", 'PUBLISH "" ""')
case("channel before pattern", "c1! SUBSCRIBE news", "c1<", "c1! PSUBSCRIBE n*", "c1<", "c2> PUBLISH news 1", "c1<",
     "c1<", "c2> PUBLISH nothing 2", "c1<", "c2> PUBLISH old 3", "c1! PUNSUBSCRIBE", "c1<", "c2> PUBLISH news 4",
     "c1<", "c1> PING")
case("several subscribers", "c1! SUBSCRIBE a b", "c1<", "c1<", "c2! SUBSCRIBE b a", "c2<", "c2<", "c3! PSUBSCRIBE *",
     "c3<", "c4> PUBLISH a 1", "c1<", "c2<", "c3<", "c4> PUBLISH b 2", "c1<", "c2<", "c3<", "c1! UNSUBSCRIBE a", "c1<",
     "c4> PUBLISH a 3", "c2<", "c3<", "c4> PUBSUB NUMSUB a b c", "c1> PING", "c2> PING", "c3> PING")
case("shard channels are apart", "c1! SSUBSCRIBE a", "c1<", "c2! SUBSCRIBE a", "c2<", "c3! PSUBSCRIBE *", "c3<",
     "c4> SPUBLISH a shard", "c1<", "c4> PUBLISH a all", "c2<", "c3<", "c1> PING", "c2> PING", "c3> PING")
case("counts of shard channels are apart", "c1! SUBSCRIBE a b", "c1<", "c1<", "c1! SSUBSCRIBE a", "c1<",
     "c1! PSUBSCRIBE p", "c1<", "c1! SSUBSCRIBE b", "c1<", "c2> @client CLIENT LIST TYPE pubsub",
     "c1! UNSUBSCRIBE a", "c1<", "c1! SUNSUBSCRIBE a", "c1<", "c1! PUNSUBSCRIBE p", "c1<", "c1! SUNSUBSCRIBE", "c1<",
     "c1! UNSUBSCRIBE", "c1<", "c1> PING")
for pattern, channel in (("h?llo", "hello"), ("h[ae]llo", "hallo"), ("h[^e]llo", "hello"), ("h\\*llo", "h*llo"),
                         ("", ""), ("h*o", "ho"), ("H*", "hello"), ("[a-", "a")):
    case(f"pattern {pattern!r} and channel {channel!r}", ["SET", "k", "v"], f"c1! PSUBSCRIBE '{pattern}' last",
         "c1<", "c1<", f"c2> PUBLISH '{channel}' m", "c2> PUBLISH last m", "c1<", "c2> PING")
case("a pattern of all, and the channel without a name", "c1! PSUBSCRIBE *", "c1<", 'c2> PUBLISH "" m',
     "c2> PUBLISH a m", "c1<")
case("publishing in a transaction", "c1! SUBSCRIBE a", "c1<", "c2> MULTI", "c2> PUBLISH a 1", "c2> PUBLISH a 2",
     "c2> EXEC", "c1<", "c1<", "c1> PING")
case("publishing does not change keys", "c1! SUBSCRIBE a", "c1<", "c2> WATCH a", "c3> PUBLISH a 1", "c2> MULTI",
     "c2> PING", "c2> EXEC", "c1<")
case("many messages at once", "c1! SUBSCRIBE a", "c1<", *[f"c2! PUBLISH a {n}" for n in range(30)],
     *["c2<"] * 30, *["c1<"] * 30, "c1> PING")
case("databases share channels", "c1! SUBSCRIBE a", "c1<", "c2> SELECT 3", "c2> PUBLISH a 1", "c1<")

# --- what a subscribed client may do

REFUSED = """
    GET k
    SET k v
    PUBLISH a b
    SPUBLISH a b
    PUBSUB CHANNELS
    CLIENT ID
    CLIENT REPLY ON
    CONFIG GET port
    HELLO 3
    HELLO
    MULTI
    EXEC
    DISCARD
    WATCH k
    AUTH x
    SELECT 0
    ECHO a
    INFO
    NOSUCH
    GET
    CLIENT NOSUCH
    DEBUG OBJECT k
    COMMAND COUNT
    WAIT 0 0
    MONITOR
    PING a b
"""
for line in filter(None, map(str.strip, REFUSED.splitlines())):
    case(f"subscribed in RESP2: {line}", "SUBSCRIBE a", line, "PING", "UNSUBSCRIBE a", "PING", protocols=(2,))
case("PING while subscribed", "c1! SUBSCRIBE a", "c1<", "c1> PING", "c1> PING hello", 'c1> PING ""',
     "c1! UNSUBSCRIBE", "c1<", "c1> PING", "c1> PING hello")
for on, off, _ in KINDS:
    case(f"restricted by {on} alone", f"{on} a", "GET k", "PING", f"{off} a", "GET k", protocols=(2,))
case("restricted until the last subscription ends", "SUBSCRIBE a", "SSUBSCRIBE b", "PSUBSCRIBE c", "UNSUBSCRIBE",
     "GET k", "PUNSUBSCRIBE", "GET k", "SUNSUBSCRIBE", "GET k", protocols=(2,))
case("RESP3 is not restricted", "c1! SUBSCRIBE a", "c1<", "c1> GET k", "c1> MULTI", "c1> SET k v", "c1> EXEC",
     "c1> PUBSUB CHANNELS", "c1> @hello HELLO 2", "c1> GET k", "c1> PING", "c1> HELLO 3", "c1> RESET", "c1> GET k",
     protocols=(3,))
case("a transaction refused while subscribed", "c1> MULTI", "c1> SUBSCRIBE a", "c1> EXEC", "c1> MULTI", "c1> EXEC",
     "c1> RESET", "c1> EXEC", protocols=(2,))
case("forms change with HELLO", "c1> @hello HELLO 3", "c1! SUBSCRIBE a", "c1<", "c1> @hello HELLO 2",
     "c2> PUBLISH a 1", "c1<", "c1! UNSUBSCRIBE", "c1<", "c1! UNSUBSCRIBE", "c1<", protocols=(2,))
case("errors of a restricted client are counted", "c1> CONFIG RESETSTAT", "c2> SUBSCRIBE a", "c2> GET k",
     "c1> @statistics INFO errorstats", "c1> @statistics INFO commandstats", protocols=(2,))

# --- PUBSUB

case("PUBSUB: nobody", "PUBSUB CHANNELS", "PUBSUB CHANNELS *", "PUBSUB NUMSUB", "PUBSUB NUMSUB a a", "PUBSUB NUMPAT",
     "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB", "PUBSUB SHARDNUMSUB a")
case("PUBSUB: somebody", "c1! SUBSCRIBE a ab b", *["c1<"] * 3, "c2! SUBSCRIBE a", "c2<", "c1! PSUBSCRIBE p* q*",
     *["c1<"] * 2, "c2! PSUBSCRIBE p*", "c2<", "c1! SSUBSCRIBE s sa", *["c1<"] * 2, "c3> @unordered PUBSUB CHANNELS",
     "c3> @unordered PUBSUB CHANNELS a*", "c3> @unordered PUBSUB CHANNELS ?", "c3> PUBSUB CHANNELS x",
     "c3> PUBSUB CHANNELS A",
     "c3> PUBSUB NUMSUB a b x p* s", "c3> PUBSUB NUMPAT", "c3> @unordered PUBSUB SHARDCHANNELS",
     "c3> PUBSUB SHARDCHANNELS sa", "c3> PUBSUB SHARDNUMSUB s a", "c1! UNSUBSCRIBE a", "c1<", "c2! UNSUBSCRIBE a",
     "c2<", "c3> @unordered PUBSUB CHANNELS", "c3> PUBSUB NUMSUB a")
case.each("PUBSUB: errors", """
    PUBSUB
    PUBSUB NOSUCH
    PUBSUB CHANNELS a b
    PUBSUB channels a b
    PUBSUB SHARDCHANNELS a b
    PUBSUB NUMPAT a
    PUBSUB HELP a
    @strings PUBSUB HELP
""", before="PING", after="PING")
case("COMMAND GETKEYS", "COMMAND GETKEYS SUBSCRIBE a", "COMMAND GETKEYS SSUBSCRIBE a b", "COMMAND GETKEYS SUNSUBSCRIBE",
     "COMMAND GETKEYS SPUBLISH a b", "COMMAND GETKEYS PUBLISH a b", "COMMAND GETKEYSANDFLAGS SPUBLISH a b")

# --- together with others

case("tracking redirected to a subscriber", "c2! SUBSCRIBE __redis__:invalidate", "c2<",
     "c1> CLIENT TRACKING ON REDIRECT {id:c2}", "c1> GET k", "c3> SET k 1", "c2<", "c1> GET k", "c1> SET k 2", "c2<",
     "c1> MGET a b", "c3> MSET a 1 b 2", "c2<", "c2<", "c1> PING", protocols=(2,))
case("tracking redirected to a subscriber of something else", "c2! PSUBSCRIBE x", "c2<",
     "c1> CLIENT TRACKING ON REDIRECT {id:c2} BCAST", "c3> MSET a 1 b 2", "@sleep 2", "c2<", "c3> FLUSHALL", "c2<",
     "c2! PUNSUBSCRIBE", "c2<", "c3> SET a 1", "@sleep 2", "c2> PING", protocols=(2,))
case("tracking redirected to a subscriber in RESP3", "c2! SUBSCRIBE __redis__:invalidate", "c2<",
     "c1> CLIENT TRACKING ON REDIRECT {id:c2}", "c1> GET k", "c3> SET k 1", "c2<", "c2> PING", protocols=(3,))
case("a paused server publishes later", "c1! SUBSCRIBE a", "c1<", "c2> CLIENT PAUSE 60 WRITE", "c2> PUBLISH a 1",
     "c1<")
case("INFO counts", "c1! SUBSCRIBE a b", *["c1<"] * 2, "c1! PSUBSCRIBE p", "c1<", "c1! SSUBSCRIBE s t u",
     *["c1<"] * 3, "c2> PUBSUB NUMPAT")
case("NO-EVICT and NO-TOUCH of a subscriber", "c1> CLIENT NO-EVICT ON", "c1! SUBSCRIBE a", "c1<",
     "c2> @client CLIENT LIST TYPE pubsub")

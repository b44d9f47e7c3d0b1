"""AUTH, HELLO, CLIENT (tracking has its own module), ECHO, PING, QUIT and RESET."""

from __future__ import annotations

from tests.conformance.model import Group, Raw

# The tables are filled by hand; one argument a line would hide them.
# fmt: off
# ruff: noqa: Q003 - quotes of the little language; words read better unquoted

case = Group("connection")
CASES = case.cases

case.each("arity", """
    AUTH
    AUTH a b c
    ECHO
    ECHO a b
    PING a b
    RESET x
    SELECT
    CLIENT
    CLIENT BOGUS
    CLIENT BOGUS x y
    CLIENT ID x
    CLIENT INFO x
    CLIENT GETNAME x
    CLIENT SETNAME
    CLIENT SETNAME a b
    CLIENT GETREDIR x
    CLIENT KILL
    CLIENT PAUSE
    CLIENT UNPAUSE x
    CLIENT REPLY
    CLIENT REPLY ON x
    CLIENT CACHING
    CLIENT CACHING YES x
    CLIENT TRACKING
    CLIENT TRACKINGINFO x
    CLIENT UNBLOCK
    CLIENT UNBLOCK 1 TIMEOUT x
    CLIENT NO-EVICT
    CLIENT NO-EVICT ON x
    CLIENT HELP x
""")
case("ping and echo", "PING", "PING hello", "PING \"\"", r'PING "a\r\nb\x00"', "ping", "ECHO hello",
     "ECHO \"\"", r'ECHO "\xff\x00"', ["ECHO", "x" * 100_000])
case("quit", "QUIT", "c1<eof")
case("quit with arguments", "QUIT now", "c1<eof")
case("quit ends a pipeline", Raw(b"PING\r\nQUIT\r\nPING\r\n", eof=True))
case("unknown commands", "BOGUS", "BOGUS a", "BOGUS a b c", "bogus \"with space\" x", 'BOGUS ""', '""',
     r'"bo\r\ngus" "a\nb"', r'"\x00\xff" "\x00"', "GETT k", "GE k",
     ["x" * 200], ["BOGUS", "a" * 200], ["BOGUS", *["abcdefghij"] * 30], ["BOGUS", "a" * 127], ["BOGUS",
     "a" * 128], ["BOGUS", "a" * 129, "b"],
     ["BOGUS", "a" * 60, "b" * 60, "c" * 60], ["b" * 127], ["b" * 128], ["b" * 129, "x"], "'BOGUS it'",
     "GET|k", "CLIENT|ID", "CONFIG|GET x", "_", "*")
case("unknown subcommands", "CLIENT BOGUS", "CLIENT BOGUS a b", "CONFIG BOGUS", "OBJECT BOGUS k",
     "MEMORY BOGUS", "SLOWLOG BOGUS", "LATENCY BOGUS", "COMMAND BOGUS",
     "COMMAND BOGUS x", 'CLIENT ""', r'CLIENT "\r\n"', ["CLIENT", "x" * 200], ["CLIENT", "x" * 128],
     ["CLIENT", "x" * 127, "y"], 'CONFIG "GET x"', "CLIENT |", "client bogus")

# -- HELLO and AUTH ------------------------------------------------------------------------------------------
case("hello", "@hello HELLO", "@hello HELLO 2", "@hello HELLO 3", "GET nothing", "@hello HELLO 2",
     "GET nothing", "@hello HELLO", protocols=(2, 3))
case("hello setname", "@hello HELLO 3 SETNAME worker", "CLIENT GETNAME", "@hello HELLO 2 SETNAME \"\"",
     "CLIENT GETNAME", 'HELLO 3 SETNAME "a b"', "@hello HELLO 3 SETNAME a\\nb",
     'HELLO 2 SETNAME "x\\n"', "CLIENT GETNAME")
case("hello auth", "@hello HELLO 3 AUTH default anything", "HELLO 3 AUTH nobody x", "HELLO 2 AUTH default",
     "HELLO 3 AUTH", "CONFIG SET requirepass secret",
     "HELLO 3 AUTH default wrong", "@hello HELLO 3 AUTH default secret",
     "@hello HELLO 2 AUTH default secret SETNAME x", "CLIENT GETNAME",
     "HELLO 3 SETNAME y AUTH default wrong", "CLIENT GETNAME", "GET nothing")
case.each("hello errors", """
    HELLO x
    HELLO 1
    HELLO 4
    HELLO 0
    HELLO -1
    HELLO 2.0
    HELLO ""
    HELLO 3 BOGUS
    HELLO 3 SETNAME
    HELLO 3 AUTH default
    HELLO 3 AUTH
    HELLO 99999999999999999999
    HELLO SETNAME x
    HELLO 3 SETNAME a SETNAME
""", after="PING\nGET nothing")
case("auth without a password set", "AUTH x", "AUTH default x", "AUTH nobody x", "AUTH \"\"",
     "AUTH default \"\"", "PING")
case("requirepass", """
    c1> CONFIG SET requirepass secret
    c1> PING
    c2> PING
    c2> GET k
    c2> BOGUS
    c2> GET
    c2> CLIENT ID
    c2> CLIENT BOGUS
    c2> MULTI
    c2> COMMAND
    c2> RESET
    c2> AUTH wrong
    c2> AUTH default wrong
    c2> AUTH nobody secret
    c2> AUTH secret
    c2> GET k
    c2> AUTH wrong
    c2> GET k
    c2> RESET
    c2> GET k
    c2> AUTH default secret
    c2> GET k
    c3> HELLO 3
    c3> @hello HELLO 3 AUTH default secret
    c3> GET k
    c1> CONFIG SET requirepass other
    c1> GET k
    c2> GET k
    c4> AUTH secret
    c4> AUTH other
    c4> PING
    c1> CONFIG SET requirepass ""
    c5> GET k
    c5> AUTH other
""", protocols=(2,))
case("hello without auth", "c1> CONFIG SET requirepass secret", "c2> HELLO", "c2> HELLO 2", "c2> HELLO 3",
     "c2> HELLO 9", "c2> HELLO x", "c2> HELLO 3 BOGUS", "c2> QUIT",
     "c2<eof", protocols=(2,))
case("quit without auth", "c1> CONFIG SET requirepass secret", "c2> QUIT", "c2<eof", protocols=(2,))
case("auth in a pipeline", "c1> CONFIG SET requirepass secret",
     Raw(b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*1\r\n$4\r\nPING\r\n", 3, "c2"),
     protocols=(2,))

# -- RESET ---------------------------------------------------------------------------------------------------
case("reset", """
    CLIENT SETNAME me
    SELECT 5
    SET k five
    RESET
    CLIENT GETNAME
    EXISTS k
    GET nothing
    @hello HELLO
    MULTI
    RESET
    EXEC
    CLIENT TRACKING ON
    RESET
    CLIENT TRACKINGINFO
    CLIENT NO-EVICT ON
    CLIENT REPLY ON
    reset
    @client CLIENT INFO
""")
case("reset of reply off", "c1! CLIENT REPLY OFF", "c1! PING", "RESET", "PING")

# -- CLIENT names, lists and ids -----------------------------------------------------------------------------
case("names", """
    CLIENT GETNAME
    CLIENT SETNAME worker-1
    CLIENT GETNAME
    CLIENT SETNAME "a b"
    CLIENT SETNAME "a\\nb"
    CLIENT SETNAME "\\xff"
    CLIENT GETNAME
    CLIENT SETNAME ""
    CLIENT GETNAME
    CLIENT SETNAME !~
    client getname
""")
case("id grows", "@type CLIENT ID", "c2> @type CLIENT ID")
case("info", "@client CLIENT INFO", "CLIENT SETNAME n", "SELECT 3", "@client CLIENT INFO", "MULTI", "PING",
     "CLIENT INFO", "@client EXEC")
case("list", "CLIENT SETNAME one", "c2> CLIENT SETNAME two", "c2> SELECT 2",
     "c1> @client CLIENT LIST ID {id:c1} {id:c2}", "c1> @client CLIENT LIST ID {id:c2}",
     "c1> CLIENT LIST ID 99999999", "c1> @client CLIENT LIST ID {id:c2} {id:c2} 0", "c2> MULTI", "c2> GET k",
     "c2> BOGUS", "c1> @client CLIENT LIST ID {id:c2}")
case("list flags", "c1> WATCH k", "c1> @client CLIENT LIST ID {id:c1}", "c2> SET k v",
     "c1> @client CLIENT LIST ID {id:c1}", "c1> CLIENT TRACKING ON BCAST",
     "c1> @client CLIENT LIST ID {id:c1}", "c1> CLIENT NO-EVICT ON", "c1> @client CLIENT LIST ID {id:c1}",
     "c2> MONITOR", "@sleep 5",
     "c1> @client CLIENT LIST ID {id:c2}", "c3! WAIT 1 0", "@sleep 10", "c1> @client CLIENT LIST ID {id:c3}",
     protocols=(2,))
case("list types", "@type CLIENT LIST TYPE normal", "@type CLIENT LIST TYPE NORMAL",
     "CLIENT LIST TYPE replica", "CLIENT LIST TYPE slave", "CLIENT LIST TYPE pubsub",
     "CLIENT LIST TYPE master")
case.each("list errors", """
    CLIENT LIST BOGUS
    CLIENT LIST TYPE
    CLIENT LIST TYPE bogus
    CLIENT LIST TYPE normal x
    CLIENT LIST ID
    CLIENT LIST ID x
    CLIENT LIST ID 1 x
    CLIENT LIST ID -1
    CLIENT LIST ID 0
    CLIENT LIST BOGUS x
    CLIENT LIST ID 9223372036854775808
""")
case("help", "@strings CLIENT HELP", "@strings CONFIG HELP", "@strings OBJECT HELP", "@strings MEMORY HELP",
     "@strings SLOWLOG HELP", "@strings LATENCY HELP",
     "@strings COMMAND HELP", "@strings DEBUG HELP", "@strings SCRIPT HELP", "@strings client help")

# -- CLIENT KILL ---------------------------------------------------------------------------------------------
case("kill by address", "c2> PING", "c1> CLIENT KILL {addr:c2}", "c2<eof", "c1> CLIENT KILL {addr:c2}",
     "c1> PING")
case("kill by id", "c1> CLIENT KILL ID {id:c2}", "c2<eof", "c1> CLIENT KILL ID {id:c2}", "c1> PING")
case("kill by addr filter", "c1> CLIENT KILL ADDR {addr:c2}", "c2<eof", "c1> CLIENT KILL ADDR 1.2.3.4:5",
     "c1> CLIENT KILL ADDR bogus")
case("kill by laddr", "c1> CLIENT KILL ID {id:c2} LADDR {laddr:c2}", "c2<eof",
     "c1> CLIENT KILL LADDR 1.2.3.4:5")
case("kill by several filters", "c1> CLIENT KILL ID {id:c2} ADDR {addr:c3}", "c2> PING", "c3> PING",
     "c1> CLIENT KILL ID {id:c2} TYPE normal USER default SKIPME yes", "c2<eof",
     "c3> PING", "c1> CLIENT KILL TYPE replica", "c1> CLIENT KILL TYPE pubsub", "c1> CLIENT KILL TYPE master",
     "c3> PING")
case("kill does not kill the caller", "c1> CLIENT KILL ID {id:c1}", "c1> PING",
     "c1> CLIENT KILL ID {id:c1} SKIPME yes", "c1> PING")
case("kill oneself", "c1> CLIENT KILL ID {id:c1} SKIPME no", "c1<eof")
case("kill oneself by address", "c1> CLIENT KILL {addr:c1}", "c1<eof")
case("kill in a transaction", "c2> MULTI", "c2> SET k v", "c1> CLIENT KILL ID {id:c2}", "c2<eof",
     "c1> EXISTS k")
case("kill a parked client", "c2! WAIT 1 0", "@sleep 10", "c1> CLIENT KILL ID {id:c2}", "c2<eof", "c1> PING")
case("kill by user", "c1> CLIENT KILL USER nobody", "c1> CLIENT KILL ID {id:c2} USER default", "c2<eof")
case.each("kill errors", """
    CLIENT KILL bogus
    CLIENT KILL 1.2.3.4:5
    CLIENT KILL ""
    CLIENT KILL BOGUS x
    CLIENT KILL ID
    CLIENT KILL ID x
    CLIENT KILL ID 0
    CLIENT KILL ID -1
    CLIENT KILL ID 99999999
    CLIENT KILL ID 1.5
    CLIENT KILL TYPE bogus
    CLIENT KILL SKIPME bogus
    CLIENT KILL ID 99999999 SKIPME
    CLIENT KILL ID 99999999 SKIPME no
    CLIENT KILL ID 99999999 BOGUS x
    CLIENT KILL ID 99999999 ADDR
    CLIENT KILL USER
    CLIENT KILL ADDR a LADDR
""")

# -- CLIENT REPLY, PAUSE, NO-EVICT, UNBLOCK ------------------------------------------------------------------
case("reply off and on", "c1! CLIENT REPLY OFF", "c1! SET k v", "c1! BOGUS", "c1! GET k",
     "c1> CLIENT REPLY ON", "GET k", "CLIENT REPLY ON")
case("reply skip", "c1! CLIENT REPLY SKIP", "c1! SET k v", "c1> GET k", "c1> PING")
case("reply skip twice", "c1! CLIENT REPLY SKIP", "c1! CLIENT REPLY SKIP", "c1! SET k v", "GET k")
case("reply skip while off", "c1! CLIENT REPLY OFF", "c1! CLIENT REPLY SKIP", "c1! PING", "c1! PING",
     "c1> CLIENT REPLY ON", "PING")
case("reply skip of an error", "c1! CLIENT REPLY SKIP", "c1! BOGUS", "PING")
case("reply skip of a transaction", "c1! CLIENT REPLY SKIP", "c1! MULTI", "SET k v", "EXEC")
case("reply errors", "CLIENT REPLY BOGUS", "CLIENT REPLY \"\"", "PING", "client reply on")
case("reply off and hello", "c1! CLIENT REPLY OFF", "c1! HELLO 2", "c1> CLIENT REPLY ON")
case("no-evict", "CLIENT NO-EVICT ON", "@client CLIENT INFO", "CLIENT NO-EVICT OFF", "@client CLIENT INFO",
     "CLIENT NO-EVICT BOGUS", "client no-evict on")
case("pause all", "c1> CLIENT PAUSE 60", "c2> GET k", "c2> PING")
case("pause all holds the pauser too", "c1> CLIENT PAUSE 60 ALL", "c1> CLIENT UNPAUSE", "c2> SET k v")
case("unpause releases writers", "c1> CLIENT PAUSE 100000 WRITE", "c2! SET k v", "c3! DEL k", "@sleep 20",
     "c1> CLIENT UNPAUSE", "c2<", "c3<", "c2> GET k")
case("unpause without pause", "CLIENT UNPAUSE", "CLIENT UNPAUSE")
case("pause write", "c1> CLIENT PAUSE 100000 WRITE", "c2> GET k", "c2> PING", "c3! SET k v", "@sleep 20",
     "c2> GET k", "c1> CLIENT UNPAUSE", "c3<", "c2> GET k")
case("pause write and transactions", "c1> CLIENT PAUSE 100000 WRITE", "c2> MULTI", "c2> GET k", "c2> EXEC",
     "c3> MULTI", "c3! SET k v", "@sleep 20", "c2> EXISTS k",
     "c1> CLIENT UNPAUSE", "c3<", "c3> EXEC", "c2> EXISTS k")
case("pause write and a queued write", "c3> MULTI", "c3> SET k v", "c1> CLIENT PAUSE 100000 WRITE",
     "c3! EXEC", "@sleep 20", "c2> EXISTS k", "c1> CLIENT UNPAUSE",
     "c3<", "c2> EXISTS k")
case("pause write stops expiry", "c2> DEBUG SET-ACTIVE-EXPIRE 0", "c2> SET k v PX 10",
     "c1> CLIENT PAUSE 100000 WRITE", "@sleep 20", "c2> GET k", "c2> DBSIZE",
     "c1> CLIENT UNPAUSE", "c2> GET k", "c2> DBSIZE")
case("pause is not shortened", "c1> CLIENT PAUSE 100000 WRITE", "c1> CLIENT PAUSE 1 WRITE", "c2! SET k v",
     "@sleep 30", "c1> EXISTS k", "c1> CLIENT UNPAUSE", "c2<")
case("pause in a pipeline of another client", "c1> CLIENT PAUSE 60 ALL", Raw(b"SET k v\r\nGET k\r\nPING\r\n",
     3, "c2"))
case.each("pause errors", """
    CLIENT PAUSE x
    CLIENT PAUSE -1
    CLIENT PAUSE 1.5
    CLIENT PAUSE 1 BOGUS
    CLIENT PAUSE 0
    CLIENT PAUSE 1 WRITE
    CLIENT PAUSE 1 all
    CLIENT PAUSE 9223372036854775808
    CLIENT PAUSE 9223372036854775807
    CLIENT PAUSE 1 WRITE ALL
""", after="@sleep 3\nCLIENT UNPAUSE")
case.each("unblock errors", """
    CLIENT UNBLOCK x
    CLIENT UNBLOCK 99999999
    CLIENT UNBLOCK 99999999 BOGUS
    CLIENT UNBLOCK -1
    CLIENT UNBLOCK 99999999 TIMEOUT
    CLIENT UNBLOCK 99999999 ERROR
    CLIENT UNBLOCK 1.5 ERROR
    CLIENT UNBLOCK x BOGUS
""")

# -- CLIENT TRACKING's errors (its pushes are in tracking.py) ------------------------------------------------
case.each("tracking errors", """
    CLIENT TRACKING BOGUS
    CLIENT TRACKING ON BOGUS
    CLIENT TRACKING ON REDIRECT
    CLIENT TRACKING ON REDIRECT x
    CLIENT TRACKING ON REDIRECT 99999999
    CLIENT TRACKING ON REDIRECT 0
    CLIENT TRACKING ON REDIRECT -1
    CLIENT TRACKING ON REDIRECT {id:c1} REDIRECT {id:c1}
    CLIENT TRACKING ON PREFIX
    CLIENT TRACKING ON PREFIX a
    CLIENT TRACKING ON BCAST PREFIX
    CLIENT TRACKING ON BCAST PREFIX a PREFIX a
    CLIENT TRACKING ON BCAST PREFIX a PREFIX ab
    CLIENT TRACKING ON BCAST PREFIX ab PREFIX a
    CLIENT TRACKING ON BCAST PREFIX "" PREFIX a
    CLIENT TRACKING ON BCAST OPTIN
    CLIENT TRACKING ON BCAST OPTOUT
    CLIENT TRACKING ON OPTIN OPTOUT
    CLIENT TRACKING ON OPTIN OPTIN
    CLIENT TRACKING ON BCAST BCAST NOLOOP NOLOOP
    CLIENT TRACKING OFF BOGUS
    CLIENT TRACKING OFF PREFIX a
    CLIENT TRACKING OFF BCAST
    CLIENT TRACKING OFF
    CLIENT TRACKING OFF OPTIN OPTOUT
    CLIENT CACHING BOGUS
    CLIENT CACHING YES
    CLIENT CACHING NO
""", after="CLIENT TRACKINGINFO\nCLIENT GETREDIR\nCLIENT TRACKING OFF")

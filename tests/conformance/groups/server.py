"""CONFIG, INFO, DEBUG, LATENCY, MEMORY, SLOWLOG, MONITOR, SHUTDOWN, TIME. INFO's fields have their own
test.
"""

from __future__ import annotations

from tests.conformance.model import Group, split_arguments

# The tables are filled by hand; one argument a line would hide them.
# fmt: off
# ruff: noqa: Q003, SIM905 - quotes of the little language; words read better unquoted

case = Group("server")
CASES = case.cases

case.each("arity", """
    CONFIG
    CONFIG GET
    CONFIG SET
    CONFIG SET a
    CONFIG SET a b c
    CONFIG RESETSTAT x
    CONFIG REWRITE x
    CONFIG HELP x
    DEBUG
    LATENCY
    LATENCY DOCTOR x
    LATENCY GRAPH
    LATENCY GRAPH a b
    LATENCY HISTORY
    LATENCY HISTORY a b
    LATENCY LATEST x
    MEMORY
    MEMORY USAGE
    MEMORY STATS x
    MEMORY DOCTOR x
    MEMORY PURGE x
    MEMORY MALLOC-STATS x
    MONITOR x
    SLOWLOG
    SLOWLOG GET 1 2
    SLOWLOG LEN x
    SLOWLOG RESET x
    TIME x
    SHUTDOWN BOGUS
    SHUTDOWN SAVE NOSAVE
    SHUTDOWN NOSAVE SAVE
    SHUTDOWN ABORT NOW
    SHUTDOWN NOW ABORT
    SHUTDOWN ABORT
    SHUTDOWN abort
    SHUTDOWN NOSAVE BOGUS
    SHUTDOWN FORCE ABORT
    SHUTDOWN a b c d e
""", after="PING")

# -- CONFIG --------------------------------------------------------------------------------------------------
case("config get", "CONFIG GET maxmemory", "CONFIG GET nothing", "@pairs CONFIG GET maxmemory*policy",
     "CONFIG GET MAXMEMORY", "@pairs CONFIG GET maxmemory maxmemory-policy maxmemory",
     "@pairs CONFIG GET lfu-*", "CONFIG GET [", 'CONFIG GET ""', "@pairs CONFIG GET slowlog-*",
     "CONFIG GET port*x")
DEFAULTS = """
    maxmemory maxmemory-policy maxmemory-samples maxmemory-clients maxmemory-eviction-tenacity
    lfu-log-factor lfu-decay-time timeout tcp-keepalive databases hz dynamic-hz maxclients requirepass
    protected-mode proto-max-bulk-len client-query-buffer-limit client-output-buffer-limit
    slowlog-log-slower-than slowlog-max-len latency-monitor-threshold latency-tracking
    latency-tracking-info-percentiles active-expire-effort activerehashing lazyfree-lazy-eviction
    lazyfree-lazy-expire lazyfree-lazy-server-del lazyfree-lazy-user-del lazyfree-lazy-user-flush
    tracking-table-max-keys loglevel tcp-backlog unixsocket unixsocketperm appendonly save
    shutdown-timeout enable-debug-command
""".split()
for name in DEFAULTS:
    case(f"default of {name}", f"CONFIG GET {name}")
SETTINGS = """
    maxmemory 100mb
    maxmemory 1gb
    maxmemory 1000k
    maxmemory 1024kb
    maxmemory 1G
    maxmemory 0
    maxmemory -1
    maxmemory 10x
    maxmemory abc
    maxmemory ""
    maxmemory 1.5gb
    maxmemory 50%
    maxmemory 12345678901234567890123
    maxmemory-policy allkeys-lru
    maxmemory-policy VOLATILE-LRU
    maxmemory-policy allkeys-lfu
    maxmemory-policy volatile-lfu
    maxmemory-policy allkeys-random
    maxmemory-policy volatile-random
    maxmemory-policy volatile-ttl
    maxmemory-policy noeviction
    maxmemory-policy bogus
    maxmemory-policy ""
    maxmemory-samples 10
    maxmemory-samples 0
    maxmemory-samples 65
    maxmemory-samples x
    maxmemory-samples -1
    maxmemory-eviction-tenacity 100
    maxmemory-eviction-tenacity 101
    lfu-log-factor 0
    lfu-log-factor -1
    lfu-decay-time 0
    lfu-decay-time x
    timeout 100
    timeout -1
    timeout x
    timeout 1.5
    tcp-keepalive 0
    tcp-keepalive -1
    databases 32
    port 0
    hz 100
    hz 0
    hz 501
    hz -5
    hz x
    dynamic-hz no
    dynamic-hz YES
    dynamic-hz 1
    dynamic-hz maybe
    proto-max-bulk-len 1mb
    proto-max-bulk-len 1048575
    proto-max-bulk-len 0
    proto-max-bulk-len 10gb
    proto-max-bulk-len x
    client-query-buffer-limit 2mb
    client-query-buffer-limit 100
    client-query-buffer-limit x
    client-output-buffer-limit "normal 1mb 0 0"
    client-output-buffer-limit "normal 0 0 0"
    client-output-buffer-limit "pubsub 32mb 8mb 60"
    client-output-buffer-limit "normal 1mb 512kb 60 pubsub 1mb 2mb 30"
    client-output-buffer-limit "replica 1mb 0 0"
    client-output-buffer-limit "slave 2mb 0 0"
    client-output-buffer-limit "normal"
    client-output-buffer-limit "normal 1mb 0"
    client-output-buffer-limit "bogus 1mb 0 0"
    client-output-buffer-limit "master 1mb 0 0"
    client-output-buffer-limit "normal x 0 0"
    client-output-buffer-limit "normal 1mb 0 -1"
    client-output-buffer-limit ""
    slowlog-log-slower-than 0
    slowlog-log-slower-than -1
    slowlog-log-slower-than x
    slowlog-max-len 10
    slowlog-max-len 0
    slowlog-max-len -1
    latency-monitor-threshold 100
    latency-monitor-threshold -1
    latency-tracking no
    latency-tracking bogus
    latency-tracking-info-percentiles "50 90"
    latency-tracking-info-percentiles ""
    latency-tracking-info-percentiles "101"
    latency-tracking-info-percentiles "x"
    active-expire-effort 10
    active-expire-effort 0
    active-expire-effort 11
    lazyfree-lazy-eviction yes
    lazyfree-lazy-user-del yes
    lazyfree-lazy-user-flush yes
    tracking-table-max-keys 100
    tracking-table-max-keys x
    loglevel debug
    loglevel bogus
    protected-mode no
    requirepass ""
    unixsocket /tmp/x
    maxmemory-clients 1mb
    maxmemory-clients 5%
    maxmemory-clients 101%
    maxmemory-clients x
    bogus 1
    bogus-name ""
    "" ""
    "max memory" 1
    MaxMemory 1mb
    enable-debug-command no
"""
for line in [line.strip() for line in SETTINGS.splitlines() if line.strip()]:
    case(f"config set {line}", f"CONFIG SET {line}", ["CONFIG", "GET", split_arguments(line)[0]], "PING")
case("config set of several", "CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru",
     "@pairs CONFIG GET maxmemory maxmemory-policy",
     "CONFIG SET maxmemory 200mb maxmemory-policy bogus", "@pairs CONFIG GET maxmemory maxmemory-policy",
     "CONFIG SET maxmemory 1mb maxmemory 2mb", "CONFIG GET maxmemory",
     "CONFIG SET maxmemory 300mb bogus 1", "CONFIG GET maxmemory", "CONFIG SET maxmemory-policy",
     "CONFIG SET maxmemory 1mb hz", "CONFIG SET hz 20 databases 5", "CONFIG GET hz",
     "CONFIG SET bogus 1 hz 20", "CONFIG SET hz 20 HZ 30")
case("config rewrite without a file", "CONFIG REWRITE")
case("config resetstat", "CONFIG RESETSTAT", "config resetstat")
case("config set maxclients", "CONFIG SET maxclients 1000", "CONFIG GET maxclients",
     "CONFIG SET maxclients 0", "CONFIG SET maxclients x")

# -- INFO, TIME ----------------------------------------------------------------------------------------------
for section in ("server", "clients", "memory", "stats", "cpu", "keyspace", "persistence", "replication",
     "commandstats", "errorstats", "latencystats", "bogus",
                "SERVER", "Clients", "server clients", "server server", "server bogus", '""'):
    case(f"info section {section}", "CONFIG RESETSTAT", "SET k v", f"@sections INFO {section}")
case("info keyspace", "INFO keyspace", "SET k v", "INFO keyspace", "SELECT 3", "MSET a 1 b 2",
     "INFO keyspace", "SET c 3 PXAT 33177117420000", "@digits INFO keyspace", "FLUSHALL",
     "INFO keyspace")
case("info errorstats", "CONFIG RESETSTAT", "INFO errorstats", "BOGUS", "GET", "INCRBY k x", "SELECT 99",
     "EXEC", "HELLO 9", "INFO errorstats", "DEBUG ERROR \"MYCODE text\"",
     "DEBUG ERROR \"ERR text\"", "INFO errorstats", "CONFIG RESETSTAT", "INFO errorstats")
case("info commandstats", "CONFIG RESETSTAT", "SET k v", "GET k", "GET k", "GET", "INCRBY k x", "INCR k",
     "BOGUS", "SET k v NX XX", "MULTI", "GET k", "EXEC", "MULTI", "GET", "EXEC",
     "CLIENT GETNAME", "@statistics INFO commandstats")
case("info latencystats", "CONFIG RESETSTAT", "SET k v", "@statistics INFO latencystats",
     "CONFIG SET latency-tracking-info-percentiles \"50 99.99 100\"", "@statistics INFO latencystats",
     "CONFIG SET latency-tracking no", "INFO latencystats")
case("time", "@shape TIME")

# -- DEBUG ---------------------------------------------------------------------------------------------------
KINDS = "string integer double bignum null array set map attrib push verbatim true false STRING bogus".split()
for kind in KINDS:
    case(f"debug protocol {kind}", f"DEBUG PROTOCOL {kind}", "PING")
case.each("debug errors", """
    DEBUG BOGUS
    DEBUG SLEEP
    DEBUG SLEEP x
    DEBUG SLEEP 0
    DEBUG SLEEP 0.001
    DEBUG SLEEP 0 0
    DEBUG OBJECT
    DEBUG OBJECT nothing
    DEBUG PROTOCOL
    DEBUG PROTOCOL string x
    DEBUG SET-ACTIVE-EXPIRE
    DEBUG SET-ACTIVE-EXPIRE 1 1
    DEBUG SET-ACTIVE-EXPIRE 1
    DEBUG ERROR
    DEBUG ERROR "ERR x"
    DEBUG ERROR "CODE some text"
    DEBUG ERROR x
    DEBUG ERROR ""
    DEBUG LOG hello
    DEBUG LOG
    DEBUG POPULATE 0
    DEBUG POPULATE 2 a 3 4 5
    DEBUG POPULATE 1 a x
    DEBUG POPULATE 1 a -1
    DEBUG SDSLEN nothing
    DEBUG SDSLEN
    DEBUG HTSTATS
    DEBUG HTSTATS x
    DEBUG HTSTATS 99
    DEBUG HTSTATS-KEY nothing
    DEBUG STRINGMATCH-LEN 10 a
    DEBUG CHANGE-REPL-ID x
    DEBUG DIGEST x
    DEBUG DIGEST-VALUE
    DEBUG DIGEST-VALUE nothing
    DEBUG JMAP
    DEBUG PAUSE-CRON
    DEBUG PAUSE-CRON 0
    DEBUG REPLYBUFFER
    DEBUG REPLYBUFFER BOGUS 1
    DEBUG REPLYBUFFER PEAK-RESET-TIME
    DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER
    DEBUG REPLYBUFFER PEAK-RESET-TIME RESET
    DEBUG REPLYBUFFER PEAK-RESET-TIME 100
    DEBUG REPLYBUFFER RESIZING 1
    DEBUG LISTPACK nothing
    DEBUG QUICKLIST nothing
    DEBUG QUICKLIST-PACKED-THRESHOLD 0
    DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
    DEBUG ""
    debug sleep 0
""")
case("debug reload", "DEBUG RELOAD", "SET k v", "SET n 12", "PEXPIREAT k 33177117420000", ["SET", "long", "x" * 5000],
     "SELECT 3", "SET k other", "DEBUG RELOAD", "GET k", "SELECT 0", "MGET k n long", "PEXPIRETIME k", "DEBUG DIGEST",
     "OBJECT ENCODING n", "OBJECT ENCODING long")
case("debug inside of a list", "RPUSH l a 1 b", "DEBUG QUICKLIST l", "DEBUG QUICKLIST l 1", "DEBUG LISTPACK l",
     "SET k v", "DEBUG QUICKLIST k", "DEBUG LISTPACK k", "DEBUG HTSTATS-KEY l", "DEBUG DIGEST-VALUE l",
     "CONFIG SET list-max-listpack-size 2", "RPUSH l c d e f", "LSET l 2 12345678901", "DEBUG DIGEST-VALUE l")
case.each("debug packed threshold", """
    DEBUG QUICKLIST-PACKED-THRESHOLD 0
    DEBUG QUICKLIST-PACKED-THRESHOLD 1b
    DEBUG QUICKLIST-PACKED-THRESHOLD 2Kb
    DEBUG QUICKLIST-PACKED-THRESHOLD 4293918720
    DEBUG QUICKLIST-PACKED-THRESHOLD 4293918721
    DEBUG QUICKLIST-PACKED-THRESHOLD 5g
    DEBUG QUICKLIST-PACKED-THRESHOLD b
    DEBUG QUICKLIST-PACKED-THRESHOLD 1x
    DEBUG QUICKLIST-PACKED-THRESHOLD -1
    DEBUG QUICKLIST-PACKED-THRESHOLD 99999999999999999999
    DEBUG QUICKLIST-PACKED-THRESHOLD ""
""")
case("debug digest of sets", "SADD ints 3 1 2 -9223372036854775808", "SADD words one two 3 \\x00", "DEBUG DIGEST",
     "DEBUG DIGEST-VALUE ints words", "SREM words one", "SADD ints word", "DEBUG DIGEST-VALUE ints words",
     "PEXPIREAT ints 33177117420000", "COPY ints again", "DEBUG DIGEST-VALUE ints again", "DEBUG DIGEST")
case("debug digest", "DEBUG DIGEST", "SET k v", "DEBUG DIGEST", "SET j 12345", "DEBUG DIGEST",
     "DEBUG DIGEST-VALUE k j nothing", "SELECT 3", "SET k v", "DEBUG DIGEST", "PEXPIREAT k 33177117420000",
     "DEBUG DIGEST", "DEBUG DIGEST-VALUE k", "FLUSHALL", "DEBUG DIGEST")
case("debug object", "SET k v", "@debugobject DEBUG OBJECT k", "SET n 123456", "@debugobject DEBUG OBJECT n",
     ["SET", "r", "x" * 100], "@debugobject DEBUG OBJECT r")
case("debug sleep", "DEBUG SLEEP 0.01", "PING")
case("debug disabled for later", "CONFIG SET enable-debug-command no", "CONFIG GET enable-debug-command")

# -- MEMORY, LATENCY, SLOWLOG --------------------------------------------------------------------------------
case("memory usage", "MEMORY USAGE nothing", "SET k v", "@type MEMORY USAGE k",
     "@type MEMORY USAGE k SAMPLES 5", "@type MEMORY USAGE k SAMPLES 0", "MEMORY USAGE nothing SAMPLES 5")
case.each("memory usage errors", """
    MEMORY USAGE k SAMPLES
    MEMORY USAGE k SAMPLES x
    MEMORY USAGE k SAMPLES -1
    MEMORY USAGE k BOGUS
    MEMORY USAGE k SAMPLES 5 6
    MEMORY USAGE nothing SAMPLES x
""", before="SET k v")
case("memory doctor purge and stats", "@type MEMORY DOCTOR", "MEMORY PURGE", "@type MEMORY MALLOC-STATS",
     "@type MEMORY STATS")
case("latency without events", "LATENCY LATEST", "LATENCY HISTORY command", "LATENCY RESET",
     "LATENCY RESET command other", "LATENCY GRAPH command", "@type LATENCY DOCTOR",
     "LATENCY GRAPH \"a b\"", "LATENCY HISTORY bogus")
case("latency with events", "CONFIG SET latency-monitor-threshold 5", "DEBUG SLEEP 0.02",
     "@latency LATENCY LATEST", "@latency LATENCY HISTORY command", "@type LATENCY GRAPH command",
     "@type LATENCY DOCTOR", "LATENCY RESET command", "LATENCY LATEST")
case("latency histogram", "CONFIG RESETSTAT", "LATENCY HISTOGRAM get", "SET k v", "GET k", "GET k",
     "@histogram LATENCY HISTOGRAM get", "@histogram LATENCY HISTOGRAM get set bogus",
     "LATENCY HISTOGRAM bogus", "LATENCY HISTOGRAM strlen")
case("slowlog of nothing", "SLOWLOG LEN", "SLOWLOG GET", "SLOWLOG GET 5", "SLOWLOG GET -1", "SLOWLOG GET 0",
     "SLOWLOG RESET", "SLOWLOG LEN")
case.each("slowlog errors", """
    SLOWLOG GET x
    SLOWLOG GET -2
    SLOWLOG GET 1.5
    SLOWLOG GET 9223372036854775808
    SLOWLOG GET ""
""")
case("slowlog entries", "CLIENT SETNAME me", "CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET",
     "SET k v", ["SET", "long", "x" * 200], ["MSET", *["a"] * 40], ["MSET", *["a"] * 32], ["MSET",
     *["a"] * 34],
     "CONFIG SET slowlog-log-slower-than -1", "SLOWLOG LEN", "@slowlog SLOWLOG GET", "@slowlog SLOWLOG GET 2",
     "@slowlog SLOWLOG GET -1", "SLOWLOG GET 0", "SLOWLOG RESET", "SLOWLOG LEN")
case("slowlog of a slow command", "CONFIG SET slowlog-log-slower-than 5000", "DEBUG SLEEP 0.01", "PING",
     "@slowlog SLOWLOG GET", "SLOWLOG LEN")
case("slowlog in a transaction", "CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET", "MULTI", "GET k",
     "EXEC", "CONFIG SET slowlog-log-slower-than -1", "@slowlog SLOWLOG GET 10")
case("slowlog hides passwords", "CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET",
     "CONFIG SET requirepass \"\"", "AUTH x", "@hello HELLO 2 AUTH default x", "@hello HELLO 2",
     "CONFIG SET slowlog-log-slower-than -1", "@slowlog SLOWLOG GET 10", protocols=(2,))
case("slowlog threshold beyond any time", "CONFIG SET slowlog-log-slower-than 9223372036854775807",
     "CONFIG GET slowlog-log-slower-than", "PING", "SLOWLOG LEN",
     "CONFIG SET latency-monitor-threshold 9223372036854775807", "PING")
case("slowlog is bounded", "CONFIG SET slowlog-max-len 3 slowlog-log-slower-than 0", "SLOWLOG RESET", "PING",
     "PING", "PING", "PING", "CONFIG SET slowlog-log-slower-than -1", "SLOWLOG LEN",
     "@slowlog SLOWLOG GET", "CONFIG SET slowlog-max-len 1", "SLOWLOG LEN")

# -- MONITOR -------------------------------------------------------------------------------------------------
case("monitor", "c1> MONITOR", "c2> SET k v", "c1<", norm="digits")
case("monitor quotes", "c1> MONITOR", r'c2> SET "a\r\n\t\x00\xff\"\\" "b c"', "c1<", "c2> select 3", "c1<",
     "c2> GET k", "c1<", "c2> BOGUS x", "c2> PING", "c1<", norm="digits")
case("monitor of a transaction", "c1> MONITOR", "c2> MULTI", "c2> SET k v", "c2> EXEC", "c1<", "c1<", "c1<",
     norm="digits")
case("monitor leaves some commands out", "c1> MONITOR", "c2> AUTH x", "c2> CONFIG GET maxmemory",
     "c2> DEBUG SLEEP 0", "c2> CLIENT ID", "c2> PING", "c1<", norm="digits")
case("a monitor sends commands", "c1> MONITOR", "c1> PING", "c2> PING", "@sleep 5", "c1> ECHO done",
     "@sleep 5", "c1> RESET", "c1> PING", norm="digits", protocols=(2,))
case("monitor and quit", "c1> MONITOR", "c1! MONITOR", "c1! QUIT", "c1<eof", norm="digits")

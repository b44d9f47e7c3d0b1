"""The parameters that this version acts on, a class for each group, a row for each parameter.

Names, defaults, bounds and mutability are those of redis-server 7.0, except where a comment says why not. To
add a parameter, add a row: flag, environment variable, CONFIG, help text and checks follow from it. The rows
of capabilities to come are in `later_parameters`.
"""

from autocache.app.kinds import INT64_MAX, UINT32_MAX, UINT64_MAX, Bool, Enum, Int, Memory, Octal, Text
from autocache.app.parameter import Parameter, ParameterGroup
from autocache.app.special_kinds import (
    PORT_MAX,
    Addresses,
    Directory,
    KeyspaceEvents,
    ListenAddress,
    MemoryOrPercent,
    NodeId,
    OutputLimit,
    OutputLimits,
    Percentiles,
    ShutdownOptions,
)

EVICTION_POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
    "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip
LOG_LEVELS = ("debug", "verbose", "notice", "warning")
LOCALITY = ("no", "yes", "local")

NEEDS_CLUSTER = "cluster mode, which this version does not have yet"


class NetworkParameters(ParameterGroup):
    """Where clients connect, and what they are asked for."""

    title = "Network and access"

    # The listening addresses of redis.conf. Its flag is -addr: the flag -bind is the cluster bus (see
    # cluster_bind).
    bind = Parameter(Addresses(), ("*", "-::*"), "addresses that clients connect to (its flag is -addr)")
    port = Parameter(Int(0, PORT_MAX), 6379, "port that clients connect to; 0 for none")
    unixsocket = Parameter(Text("a path"), "", "unix socket that clients connect to", mutable=False)
    unixsocketperm = Parameter(Octal(), 0, "file mode of the unix socket; 0 leaves it to the umask", mutable=False)
    protected_mode = Parameter(Bool(), True, "without a password, serve only clients of this machine")
    requirepass = Parameter(Text("a password"), "", "password that clients give with AUTH", secret=True)
    maxclients = Parameter(Int(1, UINT32_MAX), 10000, "most clients at a time")
    timeout = Parameter(Int(), 0, "seconds after which an idle client is closed; 0 is never")
    tcp_keepalive = Parameter(Int(), 300, "seconds between keep-alive probes; 0 for none")
    tcp_backlog = Parameter(Int(), 511, "length of the queue of connections not yet accepted", mutable=False)
    socket_mark_id = Parameter(
        Int(0, UINT32_MAX),
        0,
        "mark of listening sockets",
        mutable=False,
        needs="socket marks, which do not exist yet",
    )
    bind_source_addr = Parameter(
        Text("an address"), "", "address that own connections come from", stored_for="replication"
    )
    proto_max_bulk_len = Parameter(Memory(1024**2), 512 * 1024**2, "largest argument of a request")
    client_query_buffer_limit = Parameter(Memory(1024**2), 1024**3, "largest buffer of unparsed request")
    client_output_buffer_limit = Parameter(
        OutputLimits(),
        (
            OutputLimit("normal", 0, 0, 0),
            OutputLimit("slave", 256 * 1024**2, 64 * 1024**2, 60),
            OutputLimit("pubsub", 32 * 1024**2, 8 * 1024**2, 60),
        ),
        "when a client that does not read its replies is closed, by class of client",
    )
    tracking_table_max_keys = Parameter(Int(0, INT64_MAX), 1000000, "most keys remembered for client tracking")


class MemoryParameters(ParameterGroup):
    """How much may be kept, and what goes first."""

    title = "Memory and expiry"

    databases = Parameter(Int(1), 16, "number of databases", mutable=False)
    maxmemory = Parameter(Memory(0, UINT64_MAX), 0, "memory of the whole process; 0 is no bound")
    maxmemory_policy = Parameter(Enum(EVICTION_POLICIES), "noeviction", "what is evicted when memory is full")
    maxmemory_samples = Parameter(Int(1), 5, "keys looked at for each eviction")
    maxmemory_eviction_tenacity = Parameter(Int(0, 100), 10, "effort of eviction; 100 waits until memory is free")
    maxmemory_clients = Parameter(MemoryOrPercent(), 0, "memory of all clients' buffers; 0 is no bound")
    lfu_log_factor = Parameter(Int(), 10, "accesses it takes to saturate the LFU counter, as a logarithm")
    lfu_decay_time = Parameter(Int(), 1, "minutes after which the LFU counter is lowered by one")
    active_expire_effort = Parameter(Int(1, 10), 1, "effort of the active expiry cycle")
    lazyfree_lazy_eviction = Parameter(Bool(), False, "free evicted values in the background")
    lazyfree_lazy_expire = Parameter(Bool(), False, "free expired values in the background")
    lazyfree_lazy_server_del = Parameter(Bool(), False, "free overwritten values in the background")
    lazyfree_lazy_user_del = Parameter(Bool(), False, "DEL frees in the background, as UNLINK does")
    lazyfree_lazy_user_flush = Parameter(Bool(), False, "FLUSHALL and FLUSHDB are ASYNC unless they say SYNC")
    activerehashing = Parameter(Bool(), True, "move entries of growing tables in idle time, too")


class CollectionParameters(ParameterGroup):
    """When a collection leaves its compact form."""

    title = "Collections"

    hash_max_listpack_entries = Parameter(
        Int(0, INT64_MAX),
        512,
        "most fields of a compact hash",
        aliases=("hash-max-ziplist-entries",),
    )
    hash_max_listpack_value = Parameter(
        Memory(), 64, "longest value of a compact hash", aliases=("hash-max-ziplist-value",)
    )
    list_max_listpack_size = Parameter(Int(-(2**31)), -2, "size of a list's node", aliases=("list-max-ziplist-size",))
    list_compress_depth = Parameter(Int(), 0, "nodes not compressed at a list's ends")
    set_max_intset_entries = Parameter(Int(0, INT64_MAX), 512, "most members of a set of integers")
    # These two are Redis 7.2's: 7.0 has no compact form of sets of strings.
    set_max_listpack_entries = Parameter(Int(0, INT64_MAX), 128, "most members of a compact set", ours=True)
    set_max_listpack_value = Parameter(Memory(), 64, "longest member of a compact set", ours=True)
    zset_max_listpack_entries = Parameter(
        Int(0, INT64_MAX), 128, "most members of a compact sorted set",
        aliases=("zset-max-ziplist-entries",),
    )  # fmt: skip
    zset_max_listpack_value = Parameter(
        Memory(),
        64,
        "longest member of a compact sorted set",
        aliases=("zset-max-ziplist-value",),
    )
    hll_sparse_max_bytes = Parameter(Memory(), 3000, "longest sparse HyperLogLog")
    stream_node_max_bytes = Parameter(Memory(), 4096, "bytes of a stream's node")
    stream_node_max_entries = Parameter(Int(0, INT64_MAX), 100, "entries of a stream's node")


class OperationParameters(ParameterGroup):
    """How the server runs, and what it tells."""

    title = "Operation"

    # Redis names it dir. Both hold the server's files, so they are one parameter with two names.
    dir = Parameter(Directory(), "./data", "directory of the server's files", aliases=("data-dir",), protected=True)
    hz = Parameter(Int(clamp=(1, 500)), 10, "rounds per second of background work")
    dynamic_hz = Parameter(Bool(), True, "more rounds of background work when there are many clients")
    slowlog_log_slower_than = Parameter(
        Int(-1, INT64_MAX), 10000, "microseconds from which a command is logged as slow; -1 is never"
    )
    slowlog_max_len = Parameter(Int(0, INT64_MAX), 128, "entries of the slow log")
    latency_monitor_threshold = Parameter(
        Int(0, INT64_MAX), 0, "milliseconds from which an event is kept by LATENCY; 0 is never"
    )
    latency_tracking = Parameter(Bool(), True, "keep a histogram of each command's latency")
    latency_tracking_info_percentiles = Parameter(Percentiles(), (50.0, 99.0, 99.9), "percentiles shown by INFO")
    notify_keyspace_events = Parameter(KeyspaceEvents(), "", "events published as keyspace notifications")
    enable_debug_command = Parameter(Enum(LOCALITY), "no", "who may use DEBUG", mutable=False)
    enable_protected_configs = Parameter(Enum(LOCALITY), "no", "who may CONFIG SET dir, dbfilename", mutable=False)
    shutdown_timeout = Parameter(Int(), 10, "seconds that a shutdown waits for clients and replicas")
    shutdown_on_sigint = Parameter(
        ShutdownOptions(),
        (),
        "how SIGINT ends the server",
        needs="snapshots, which this version does not have yet",
        off=("nosave", "now", "force", "nosave now", "nosave force", "now force", "nosave now force"),
    )
    shutdown_on_sigterm = Parameter(
        ShutdownOptions(),
        (),
        "how SIGTERM ends the server",
        needs=shutdown_on_sigint.needs,
        off=shutdown_on_sigint.off,
    )
    pidfile = Parameter(Text("a path"), "", "file that the process id is written to", mutable=False)
    metrics_addr = Parameter(
        ListenAddress(),
        "",
        "address of /metrics, /healthz and /readyz; none if empty",
        mutable=False,
        ours=True,
    )


class ScriptParameters(ParameterGroup):
    """Scripts."""

    title = "Scripts"

    busy_reply_threshold = Parameter(
        Int(0, INT64_MAX), 5000, "milliseconds after which a script is ended; 0 is never", aliases=("lua-time-limit",)
    )


class LogParameters(ParameterGroup):
    """What is logged, how and where to."""

    title = "Logging"

    loglevel = Parameter(Enum(LOG_LEVELS), "notice", "least level that is logged")
    logfile = Parameter(Text("a path"), "", "file that logs go to; standard output if empty", mutable=False)
    log_format = Parameter(Enum(("text", "json")), "text", "form of a log line", mutable=False, ours=True)


class ClusterParameters(ParameterGroup):
    """The product's own flags of cluster mode; redis.conf's further names are in `later_parameters`."""

    title = "Cluster"

    cluster_enabled = Parameter(Bool(), False, "be a node of a cluster", mutable=False, needs=NEEDS_CLUSTER)
    # Redis's default is 0, which stands for port + 10000; ours is the sum for the default port.
    cluster_port = Parameter(Int(0, PORT_MAX), 16379, "port of the cluster bus", mutable=False)
    cluster_bind = Parameter(
        Text("an address"),
        "127.0.0.1",
        "address of the cluster bus (its flag is -bind)",
        mutable=False,
        ours=True,
    )
    seeds = Parameter(
        Text("HOST:PORT,..."),
        "",
        "nodes to join, separated by commas",
        mutable=False,
        ours=True,
        needs=NEEDS_CLUSTER,
    )
    node_id = Parameter(NodeId(), "", "name of this node; generated if empty", mutable=False, ours=True)


GROUPS: tuple[type[ParameterGroup], ...] = (
    NetworkParameters,
    MemoryParameters,
    CollectionParameters,
    OperationParameters,
    ScriptParameters,
    LogParameters,
    ClusterParameters,
)

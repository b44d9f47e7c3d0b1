"""The parameters of redis-server 7.0 whose capability this version does not have yet.

An operator's redis.conf names many of them, so each is known, checked and shown by CONFIG GET. There are two
sorts. A value that would promise something (`appendonly yes`) is refused, and the text names what is missing:
`needs`. A value that has no effect in redis-server either while its capability is unused (`repl-backlog-size`
without replicas) is kept for that capability: `stored_for`. When a capability arrives, its rows move to
`parameters`.
"""

from autocache.app.kinds import INT64_MAX, UINT64_MAX, Bool, Enum, Int, Memory, Text
from autocache.app.parameter import Parameter, ParameterGroup
from autocache.app.parameters import NEEDS_CLUSTER
from autocache.app.special_kinds import (
    PORT_MAX,
    Hostname,
    OomScores,
    Replication,
    SavePoints,
    TitleTemplate,
)


def _yet(capability: str) -> str:
    return f"{capability}, which this version does not have yet"


NEEDS_AOF = _yet("the append-only file")
NEEDS_REPLICATION = _yet("replication")
NEEDS_TLS = _yet("TLS")
NEEDS_SYSLOG = _yet("logging to syslog")
NEEDS_AFFINITY = _yet("CPU affinity")
NEEDS_ACL = _yet("ACL")

SNAPSHOTS = "snapshots"
AOF = "the append-only file"
REPLICATION = "replication"
CLUSTER = "cluster mode"
PROCESS = "redis.conf's sake"
DEFRAG = "active defragmentation"

SYSLOG_FACILITIES = ("user", *(f"local{number}" for number in range(8)))


class SnapshotParameters(ParameterGroup):
    """Snapshots."""

    title = "Snapshots"

    # Redis's default saves after 3600 s, 300 s and 60 s. Ours saves never: this version has no snapshots, and
    # a default that promised them would lose data without a word.
    save = Parameter(SavePoints(), (), "when a snapshot is written", needs=_yet("snapshots"))
    dbfilename = Parameter(
        Text("a file name"), "dump.rdb", "file name of the snapshot", protected=True, stored_for=SNAPSHOTS
    )
    stop_writes_on_bgsave_error = Parameter(Bool(), True, "refuse writes if a snapshot failed", stored_for=SNAPSHOTS)
    rdbcompression = Parameter(Bool(), True, "compress strings in payloads of DUMP")
    rdbchecksum = Parameter(Bool(), True, "checksum at a snapshot's end", mutable=False, stored_for=SNAPSHOTS)
    rdb_del_sync_files = Parameter(Bool(), False, "delete replication's snapshots", stored_for=SNAPSHOTS)
    rdb_save_incremental_fsync = Parameter(Bool(), True, "sync a snapshot in steps", stored_for=SNAPSHOTS)
    sanitize_dump_payload = Parameter(
        Enum(("no", "yes", "clients")), "no", "whose payloads are checked in depth", stored_for=SNAPSHOTS
    )


class AppendOnlyParameters(ParameterGroup):
    """The append-only file."""

    title = "Append-only file"

    appendonly = Parameter(Bool(), False, "log each write to the append-only file", needs=NEEDS_AOF)
    appendfsync = Parameter(
        Enum(("everysec", "always", "no")), "everysec", "when the log is synced", needs=NEEDS_AOF, off=("no",)
    )
    appendfilename = Parameter(
        Text("a file name"), "appendonly.aof", "base name of the log", mutable=False, stored_for=AOF
    )
    appenddirname = Parameter(
        Text("a directory's name"), "appendonlydir", "directory of the log", mutable=False, stored_for=AOF
    )
    no_appendfsync_on_rewrite = Parameter(Bool(), False, "no sync during a rewrite", stored_for=AOF)
    auto_aof_rewrite_percentage = Parameter(Int(), 100, "growth at which the log is rewritten", stored_for=AOF)
    auto_aof_rewrite_min_size = Parameter(Memory(), 64 * 1024**2, "size to rewrite the log from", stored_for=AOF)
    aof_load_truncated = Parameter(Bool(), True, "load a log whose end is cut off", stored_for=AOF)
    aof_use_rdb_preamble = Parameter(Bool(), True, "a rewritten log starts with a snapshot", stored_for=AOF)
    aof_rewrite_incremental_fsync = Parameter(Bool(), True, "sync a rewrite in steps", stored_for=AOF)
    aof_timestamp_enabled = Parameter(Bool(), False, "times in the log", stored_for=AOF)
    aof_disable_auto_gc = Parameter(Bool(), False, "keep old files of the log", stored_for=AOF)


class ReplicationParameters(ParameterGroup):
    """Replication."""

    title = "Replication"

    replicaof = Parameter(
        Replication(), (), "server to replicate", aliases=("slaveof",), mutable=False, needs=NEEDS_REPLICATION
    )
    masterauth = Parameter(Text("a password"), "", "password for the primary", secret=True, needs=NEEDS_REPLICATION)
    masteruser = Parameter(Text("a user"), "", "user name for the primary", needs=NEEDS_REPLICATION)
    min_replicas_to_write = Parameter(
        Int(), 0, "replicas without which writes are refused",
        aliases=("min-slaves-to-write",), needs=NEEDS_REPLICATION,
    )  # fmt: skip
    min_replicas_max_lag = Parameter(
        Int(), 10, "seconds after which a replica does not count",
        aliases=("min-slaves-max-lag",), stored_for=REPLICATION,
    )  # fmt: skip
    replica_serve_stale_data = Parameter(
        Bool(), True, "answer while unlinked", aliases=("slave-serve-stale-data",), stored_for=REPLICATION
    )
    replica_read_only = Parameter(
        Bool(), True, "a replica refuses writes", aliases=("slave-read-only",), stored_for=REPLICATION
    )
    replica_ignore_maxmemory = Parameter(
        Bool(),
        True,
        "a replica evicts nothing itself",
        aliases=("slave-ignore-maxmemory",),
        stored_for=REPLICATION,
    )
    replica_lazy_flush = Parameter(
        Bool(), False, "a replica drops old data in the background",
        aliases=("slave-lazy-flush",), stored_for=REPLICATION,
    )  # fmt: skip
    replica_priority = Parameter(
        Int(), 100, "rank of this replica in a failover", aliases=("slave-priority",), stored_for=REPLICATION
    )
    replica_announced = Parameter(Bool(), True, "sentinels tell of this replica", stored_for=REPLICATION)
    replica_announce_ip = Parameter(
        Text("an address"),
        "",
        "address told to the primary",
        aliases=("slave-announce-ip",),
        stored_for=REPLICATION,
    )
    replica_announce_port = Parameter(
        Int(0, PORT_MAX),
        0,
        "port told to the primary",
        aliases=("slave-announce-port",),
        stored_for=REPLICATION,
    )
    replica_ignore_disk_write_errors = Parameter(Bool(), False, "replicate on a full disk", stored_for=REPLICATION)
    repl_backlog_size = Parameter(
        Memory(1, clamp_low=16 * 1024), 1024**2, "bytes kept for replicas that return", stored_for=REPLICATION
    )
    repl_backlog_ttl = Parameter(
        Int(0, INT64_MAX), 3600, "seconds the backlog outlives the last replica", stored_for=REPLICATION
    )
    repl_timeout = Parameter(Int(1), 60, "seconds until a silent link is given up", stored_for=REPLICATION)
    repl_ping_replica_period = Parameter(
        Int(1), 10, "seconds between pings", aliases=("repl-ping-slave-period",), stored_for=REPLICATION
    )
    repl_disable_tcp_nodelay = Parameter(Bool(), False, "fewer, later packets to replicas", stored_for=REPLICATION)
    repl_diskless_sync = Parameter(Bool(), True, "send snapshots without a file", stored_for=REPLICATION)
    repl_diskless_sync_delay = Parameter(Int(), 5, "seconds to wait for more replicas", stored_for=REPLICATION)
    repl_diskless_sync_max_replicas = Parameter(Int(), 0, "replicas that end the wait", stored_for=REPLICATION)
    repl_diskless_load = Parameter(
        Enum(("disabled", "on-empty-db", "swapdb")), "disabled", "load without a file", stored_for=REPLICATION
    )
    propagation_error_behavior = Parameter(
        Enum(("ignore", "panic", "panic-on-replicas")), "ignore", "after a failed replicated command",
        stored_for=REPLICATION,
    )  # fmt: skip


class ClusterDetailParameters(ParameterGroup):
    """The names of redis.conf for cluster mode that are no flags of the product."""

    title = "Cluster, in detail"

    cluster_config_file = Parameter(
        Text("a file name"), "nodes.conf", "file of the cluster's state", mutable=False, stored_for=CLUSTER
    )
    cluster_node_timeout = Parameter(
        Int(0, INT64_MAX), 15000, "milliseconds until a silent node is suspected", stored_for=CLUSTER
    )
    cluster_migration_barrier = Parameter(Int(), 1, "replicas a primary keeps", stored_for=CLUSTER)
    cluster_allow_replica_migration = Parameter(Bool(), True, "replicas move to orphans", stored_for=CLUSTER)
    cluster_replica_validity_factor = Parameter(
        Int(), 10, "age that bars a replica from a failover",
        aliases=("cluster-slave-validity-factor",), stored_for=CLUSTER,
    )  # fmt: skip
    cluster_replica_no_failover = Parameter(
        Bool(),
        False,
        "never fail over to this node",
        aliases=("cluster-slave-no-failover",),
        stored_for=CLUSTER,
    )
    cluster_require_full_coverage = Parameter(Bool(), True, "serve only if all slots are", stored_for=CLUSTER)
    cluster_allow_reads_when_down = Parameter(Bool(), False, "reads while the cluster is down", stored_for=CLUSTER)
    cluster_allow_pubsubshard_when_down = Parameter(
        Bool(), True, "sharded channels while the cluster is down", stored_for=CLUSTER
    )
    cluster_link_sendbuf_limit = Parameter(Memory(0, UINT64_MAX), 0, "bytes a bus link may buffer", stored_for=CLUSTER)
    cluster_announce_ip = Parameter(Text("an address"), "", "address told to other nodes", needs=NEEDS_CLUSTER)
    cluster_announce_hostname = Parameter(Hostname("a host name"), "", "name told to other nodes", needs=NEEDS_CLUSTER)
    cluster_announce_port = Parameter(Int(0, PORT_MAX), 0, "port told to other nodes", needs=NEEDS_CLUSTER)
    cluster_announce_tls_port = Parameter(Int(0, PORT_MAX), 0, "TLS port told to others", needs=NEEDS_CLUSTER)
    cluster_announce_bus_port = Parameter(Int(0, PORT_MAX), 0, "bus port told to others", needs=NEEDS_CLUSTER)
    cluster_preferred_endpoint_type = Parameter(
        Enum(("ip", "hostname", "unknown-endpoint")), "ip", "how redirections name a node", stored_for=CLUSTER
    )


class TlsParameters(ParameterGroup):
    """TLS, and access lists."""

    title = "TLS and ACL"

    tls_port = Parameter(Int(0, PORT_MAX), 0, "port for TLS clients", needs=NEEDS_TLS)
    tls_cluster = Parameter(Bool(), False, "TLS on the cluster bus", needs=NEEDS_TLS)
    tls_replication = Parameter(Bool(), False, "TLS to the primary", needs=NEEDS_TLS)
    tls_auth_clients = Parameter(
        Enum(("no", "yes", "optional")), "yes", "whether clients need a certificate", stored_for="TLS"
    )
    tls_cert_file = Parameter(Text("a path"), "", "certificate", needs=NEEDS_TLS)
    tls_key_file = Parameter(Text("a path"), "", "private key", needs=NEEDS_TLS)
    tls_key_file_pass = Parameter(Text("a password"), "", "password of the key", secret=True, needs=NEEDS_TLS)
    tls_client_cert_file = Parameter(Text("a path"), "", "certificate as a client", needs=NEEDS_TLS)
    tls_client_key_file = Parameter(Text("a path"), "", "private key as a client", needs=NEEDS_TLS)
    tls_client_key_file_pass = Parameter(Text("a password"), "", "its password", secret=True, needs=NEEDS_TLS)
    tls_dh_params_file = Parameter(Text("a path"), "", "Diffie-Hellman parameters", needs=NEEDS_TLS)
    tls_ca_cert_file = Parameter(Text("a path"), "", "certificate authority", needs=NEEDS_TLS)
    tls_ca_cert_dir = Parameter(Text("a path"), "", "certificate authorities", needs=NEEDS_TLS)
    tls_protocols = Parameter(Text("TLS versions"), "", "TLS versions offered", needs=NEEDS_TLS)
    tls_ciphers = Parameter(Text("ciphers"), "", "ciphers up to TLS 1.2", needs=NEEDS_TLS)
    tls_ciphersuites = Parameter(Text("ciphers"), "", "ciphers of TLS 1.3", needs=NEEDS_TLS)
    tls_prefer_server_ciphers = Parameter(Bool(), False, "the server's choice of cipher", stored_for="TLS")
    tls_session_caching = Parameter(Bool(), True, "TLS sessions are resumed", stored_for="TLS")
    tls_session_cache_size = Parameter(Int(), 20480, "TLS sessions kept", stored_for="TLS")
    tls_session_cache_timeout = Parameter(Int(), 300, "seconds a TLS session is kept", stored_for="TLS")
    aclfile = Parameter(Text("a path"), "", "file of users and their rights", mutable=False, needs=NEEDS_ACL)
    acllog_max_len = Parameter(Int(0, INT64_MAX), 128, "entries of the ACL log", stored_for="ACL")
    acl_pubsub_default = Parameter(
        Enum(("allchannels", "resetchannels")), "resetchannels", "a new user's channels", stored_for="ACL"
    )


class ProcessParameters(ParameterGroup):
    """Settings of redis-server's process that ours has no use for, or not yet."""

    title = "Process"

    daemonize = Parameter(
        Bool(), False, "always no: the server stays in the foreground", mutable=False,
        needs="a service manager (systemd, a container): AutoCache stays in the foreground",
    )  # fmt: skip
    supervised = Parameter(
        Enum(("upstart", "systemd", "auto", "no")),
        "no",
        "tell a service manager of the start",
        mutable=False,
        needs=_yet("messages to service managers"),
        off=("auto",),
    )
    io_threads = Parameter(
        Int(1, 128),
        1,
        "always 1: one process serves on one core",
        mutable=False,
        needs="threads for I/O, which AutoCache does not use: more cores are used by more shards",
    )
    io_threads_do_reads = Parameter(Bool(), False, "always no", mutable=False, needs=io_threads.needs)
    activedefrag = Parameter(Bool(), False, "always no", needs=_yet("active defragmentation"))
    active_defrag_threshold_lower = Parameter(Int(0, 1000), 10, "percent to start at", stored_for=DEFRAG)
    active_defrag_threshold_upper = Parameter(Int(0, 1000), 100, "percent of full effort", stored_for=DEFRAG)
    active_defrag_ignore_bytes = Parameter(Memory(1), 100 * 1024**2, "bytes to start at", stored_for=DEFRAG)
    active_defrag_cycle_min = Parameter(Int(1, 99), 1, "least percent of CPU", stored_for=DEFRAG)
    active_defrag_cycle_max = Parameter(Int(1, 99), 25, "most percent of CPU", stored_for=DEFRAG)
    active_defrag_max_scan_fields = Parameter(Int(1, INT64_MAX), 1000, "fields handled in one go", stored_for=DEFRAG)
    # These four have underscores in redis.conf, too.
    server_cpulist = Parameter(
        Text("CPUs"), "", "CPUs of the server", name="server_cpulist", mutable=False, needs=NEEDS_AFFINITY
    )
    bio_cpulist = Parameter(
        Text("CPUs"), "", "CPUs of threads", name="bio_cpulist", mutable=False, needs=NEEDS_AFFINITY
    )
    aof_rewrite_cpulist = Parameter(
        Text("CPUs"), "", "CPUs of rewrites", name="aof_rewrite_cpulist", mutable=False, needs=NEEDS_AFFINITY
    )
    bgsave_cpulist = Parameter(
        Text("CPUs"), "", "CPUs of snapshots", name="bgsave_cpulist", mutable=False, needs=NEEDS_AFFINITY
    )
    oom_score_adj = Parameter(
        Enum(("no", "yes", "relative", "absolute")), "no", "set the OOM score", needs=_yet("OOM scores")
    )
    oom_score_adj_values = Parameter(OomScores(), (0, 200, 800), "the scores", stored_for="OOM scores")
    syslog_enabled = Parameter(Bool(), False, "log to syslog", mutable=False, needs=NEEDS_SYSLOG)
    syslog_ident = Parameter(Text("a name"), "redis", "name in syslog", mutable=False, stored_for="syslog")
    syslog_facility = Parameter(
        Enum(SYSLOG_FACILITIES), "local0", "facility of syslog", mutable=False, stored_for="syslog"
    )
    always_show_logo = Parameter(Bool(), False, "there is no logo", mutable=False, stored_for=PROCESS)
    set_proc_title = Parameter(Bool(), True, "state in the process title", mutable=False, stored_for=PROCESS)
    proc_title_template = Parameter(
        TitleTemplate("a template"), "{title} {listen-addr} {server-mode}", "the title", stored_for=PROCESS
    )
    crash_log_enabled = Parameter(Bool(), True, "report on a crash", stored_for=PROCESS)
    crash_memcheck_enabled = Parameter(Bool(), True, "check memory after a crash", stored_for=PROCESS)
    disable_thp = Parameter(Bool(), True, "no transparent huge pages", mutable=False, stored_for=PROCESS)
    jemalloc_bg_thread = Parameter(Bool(), True, "the allocator's own thread", stored_for=PROCESS)
    ignore_warnings = Parameter(Text("names"), "", "warnings not to stop for", stored_for=PROCESS)
    enable_module_command = Parameter(
        Enum(("no", "yes", "local")),
        "no",
        "who may use MODULE",
        mutable=False,
        needs="modules, which do not exist here",
    )


LATER_GROUPS: tuple[type[ParameterGroup], ...] = (
    SnapshotParameters,
    AppendOnlyParameters,
    ReplicationParameters,
    ClusterDetailParameters,
    TlsParameters,
    ProcessParameters,
)

"""The settings of an engine: one table from the names of redis.conf to what they change.

Values are those that the configuration has checked: bytes and counts as int, switches as bool, the policy as
its name, classes of events as their letters. The server's callbacks for CONFIG SET and the tests go through
the same door, `Cache.configure`.
"""

from libc.stdint cimport INT64_MAX, int64_t

from autocache.commands.context cimport GATE_MEMORY, Engine
from autocache.commands.notifications cimport event_classes_of, event_letters_of
from autocache.keyspace.db cimport (
    POLICY_LFU,
    POLICY_LRU,
    POLICY_NOEVICTION,
    POLICY_RANDOM,
    POLICY_TTL,
    POLICY_VOLATILE,
)
from autocache.keyspace.eviction cimport evict_forget

POLICIES = {
    "volatile-lru": POLICY_LRU | POLICY_VOLATILE,
    "volatile-lfu": POLICY_LFU | POLICY_VOLATILE,
    "volatile-random": POLICY_RANDOM | POLICY_VOLATILE,
    "volatile-ttl": POLICY_TTL | POLICY_VOLATILE,
    "allkeys-lru": POLICY_LRU,
    "allkeys-lfu": POLICY_LFU,
    "allkeys-random": POLICY_RANDOM,
    "noeviction": POLICY_NOEVICTION,
}
POLICY_NAMES = dict(zip(POLICIES.values(), POLICIES))


cdef enum:
    NS_PER_US = 1000
    NS_PER_MS = 1000000


cdef void set_maxmemory(Engine* engine, object value) except *:
    engine.ks.maxmemory_bytes = value
    if engine.ks.maxmemory_bytes:
        engine.gates |= GATE_MEMORY
    else:
        engine.gates &= ~<unsigned long long>GATE_MEMORY


cdef void set_policy(Engine* engine, object value) except *:
    engine.ks.policy = POLICIES[value]
    evict_forget(&engine.ks)


# The settings that are one C int (a switch is one, too), by their offset in the engine.
cdef Engine layout                      # never used as an engine


cdef inline size_t offset(const void* setting) noexcept:
    return <size_t>setting - <size_t>&layout


PLAIN = {
    "maxmemory-samples": offset(&layout.ks.samples),
    "maxmemory-eviction-tenacity": offset(&layout.ks.tenacity),
    "lfu-log-factor": offset(&layout.ks.lfu_log_factor),
    "lfu-decay-time": offset(&layout.ks.lfu_decay_min),
    "active-expire-effort": offset(&layout.ks.expire_effort),
    "lazyfree-lazy-eviction": offset(&layout.ks.lazy_eviction),
    "lazyfree-lazy-expire": offset(&layout.ks.lazy_expire),
    "lazyfree-lazy-server-del": offset(&layout.ks.lazy_server_del),
    "lazyfree-lazy-user-del": offset(&layout.ks.lazy_user_del),
    "lazyfree-lazy-user-flush": offset(&layout.ks.lazy_user_flush),
    # No parameter of redis.conf: DEBUG SET-ACTIVE-EXPIRE.
    "active-expire": offset(&layout.ks.expire_active),
    "latency-tracking": offset(&layout.histograms),
    "rdbcompression": offset(&layout.dumper.compress),
}
# Those that are one 64-bit integer: when a collection leaves its compact form.
LIMITS = {
    "hash-max-listpack-entries": offset(&layout.ks.limits.hash_listpack_entries),
    "hash-max-listpack-value": offset(&layout.ks.limits.hash_listpack_value),
    "list-max-listpack-size": offset(&layout.ks.limits.list_listpack_size),
    "list-compress-depth": offset(&layout.ks.limits.list_compress_depth),
    "set-max-intset-entries": offset(&layout.ks.limits.set_intset_entries),
    "set-max-listpack-entries": offset(&layout.ks.limits.set_listpack_entries),
    "set-max-listpack-value": offset(&layout.ks.limits.set_listpack_value),
    "zset-max-listpack-entries": offset(&layout.ks.limits.zset_listpack_entries),
    "zset-max-listpack-value": offset(&layout.ks.limits.zset_listpack_value),
    "hll-sparse-max-bytes": offset(&layout.ks.limits.hll_sparse_bytes),
    "stream-node-max-bytes": offset(&layout.ks.limits.stream_node_bytes),
    "stream-node-max-entries": offset(&layout.ks.limits.stream_node_entries),
}
NAMES = frozenset(PLAIN) | frozenset(LIMITS) | {
    "latency-monitor-threshold", "maxmemory", "maxmemory-policy", "notify-keyspace-events", "slowlog-log-slower-than",
    "tracking-table-max-keys",
}


cdef int apply_setting(Engine* engine, str name, object value) except -1:
    """Change one setting. Raises KeyError for a name, or a policy, that there is not."""
    cdef size_t place
    if name == "maxmemory":
        set_maxmemory(engine, value)
    elif name == "maxmemory-policy":
        set_policy(engine, value)
    elif name == "tracking-table-max-keys":
        engine.tracked_keys_max = value
    elif name == "notify-keyspace-events":
        engine.ks.event_classes = event_classes_of(value)
    elif name == "slowlog-log-slower-than":
        engine.slow_ns = min(value * NS_PER_US, INT64_MAX) if value >= 0 else -1
    elif name == "latency-monitor-threshold":
        engine.latency_ns = min(value * NS_PER_MS, INT64_MAX)
    elif name in LIMITS:
        place = LIMITS[name]
        (<int64_t*>(<char*>engine + place))[0] = value
    else:
        place = PLAIN[name]
        (<int*>(<char*>engine + place))[0] = value
    return 0


cdef object setting_value(Engine* engine, str name):
    """The present value of a setting, as `apply_setting` takes it."""
    if name == "maxmemory":
        return engine.ks.maxmemory_bytes
    if name == "maxmemory-policy":
        return POLICY_NAMES[engine.ks.policy]
    if name == "tracking-table-max-keys":
        return engine.tracked_keys_max
    if name == "notify-keyspace-events":
        return event_letters_of(engine.ks.event_classes)
    if name == "slowlog-log-slower-than":
        return engine.slow_ns // NS_PER_US if engine.slow_ns >= 0 else -1
    if name == "latency-monitor-threshold":
        return engine.latency_ns // NS_PER_MS
    if name in LIMITS:
        return (<int64_t*>(<char*>engine + <size_t>LIMITS[name]))[0]
    return (<int*>(<char*>engine + <size_t>PLAIN[name]))[0]

# When a collection leaves its compact form, and what a collection that grows large needs to know.
from libc.stdint cimport int64_t

from autocache.types.table cimport Seeds

cdef struct Limits:                     # fields are named after redis.conf's parameters
    Seeds seeds                         # of the tables that large collections make
    int64_t hash_listpack_entries
    int64_t hash_listpack_value         # bytes
    int64_t list_listpack_size          # items of a node, or, negative, -1 to -5: 4 to 64 KiB
    int64_t list_compress_depth         # nodes at each end that redis-server would not compress
    int64_t set_intset_entries
    int64_t set_listpack_entries
    int64_t set_listpack_value
    int64_t zset_listpack_entries
    int64_t zset_listpack_value
    int64_t hll_sparse_bytes
    int64_t stream_node_bytes
    int64_t stream_node_entries


cdef inline void limits_init(Limits* limits, Seeds seeds) noexcept nogil:
    """redis-server's defaults."""
    limits.seeds = seeds
    limits.hash_listpack_entries = 512
    limits.hash_listpack_value = 64
    limits.list_listpack_size = -2
    limits.list_compress_depth = 0
    limits.set_intset_entries = 512
    limits.set_listpack_entries = 128
    limits.set_listpack_value = 64
    limits.zset_listpack_entries = 128
    limits.zset_listpack_value = 64
    limits.hll_sparse_bytes = 3000
    limits.stream_node_bytes = 4096
    limits.stream_node_entries = 100

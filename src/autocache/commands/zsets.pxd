# The sorted set commands on single members: all are reached through the command table. What the others share is here.
from libc.stdint cimport int64_t

from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Found
from autocache.types.entry cimport Entry
from autocache.types.zset cimport ZsetWalk

cdef enum:
    COUNTS_CHANGES = 1 << 8             # CH, beside the PUT_ options of types/sorted

cdef bint score_arg(Request* request, int position, double* score) noexcept nogil
cdef void drop_if_empty(Request* request, Found* found) noexcept nogil
cdef void out_pairs_head(Request* request, int64_t count, bint with_scores) noexcept nogil
cdef void out_pair(Request* request, const ZsetWalk* walk, bint with_scores) noexcept nogil
cdef void put_scores(
    Request* request, int first, int step, int count, double* scores, int options) noexcept nogil
cdef void store_zset(Request* request, int position, Entry* take_zset, const char* event) noexcept nogil

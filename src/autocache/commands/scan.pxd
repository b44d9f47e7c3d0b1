# What the SCAN commands share: their arguments, walking a table, and the head of their reply.
from libc.stdint cimport int64_t, uint64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Request
from autocache.types.table cimport Table, Visit

cdef enum:
    SCAN_TYPE = 1                       # options that only some of them have
    SCAN_NOVALUES = 2

cdef struct ScanOptions:
    uint64_t cursor
    int64_t count
    View pattern                        # borrowed from the request
    bint everything                     # the pattern matches everything
    View type                           # or NULL
    bint no_values

cdef bint scan_cursor(Request* request, int position, ScanOptions* options) noexcept nogil
cdef bint scan_options(Request* request, int position, int allowed, ScanOptions* options) noexcept nogil
cdef bint scan_wants(const ScanOptions* options, View text) noexcept nogil
cdef uint64_t scan_table(const Table* table, const ScanOptions* options, Visit visit, void* context) noexcept nogil
cdef void scan_reply_cursor(Request* request, uint64_t cursor) noexcept nogil
cdef void scan_reply_end(Request* request, size_t start, uint64_t cursor, int64_t elements) noexcept nogil

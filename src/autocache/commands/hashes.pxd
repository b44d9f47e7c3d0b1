# What the hash commands share with those on the expiry of fields (hash_expiry.pyx).
from libc.stdint cimport int64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Found
from autocache.resp.out cimport Out
from autocache.types.hash cimport FieldAt

cdef void reply_name(Out* out, const FieldAt* at) noexcept nogil
cdef void reply_value(Out* out, const FieldAt* at) noexcept nogil
cdef bint find_field(Request* request, Found* found, View field, FieldAt* at) noexcept nogil
cdef bint find_or_create(Request* request, Found* found) noexcept nogil
cdef void note_fields(Request* request, Found* found, int64_t expiry) noexcept nogil
cdef void fit_args(Request* request, Found* found, int first, int last) noexcept nogil
cdef bint store_field(Request* request, Found* found, int position, int64_t expiry) noexcept nogil
cdef void removed_fields(Request* request, Found* found, const char* event, int64_t count) noexcept nogil

# What the list commands share with those that wait for lists; all are reached through the command table.
from libc.stdint cimport int64_t

from autocache.base.bytes cimport View
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport Found

cdef bint end_arg(Request* request, int position, bint* head) noexcept nogil
cdef bint pop_options(Request* request, int numkeys_at, int* keys, bint* head, int64_t* count) noexcept nogil
cdef void pop_reply(Request* request, Found* found, bint head) noexcept nogil
cdef void pop_many_reply(Request* request, Found* found, bint head, int64_t count) noexcept nogil
cdef void move_element(Request* request, Found* source, int target_at, bint from_head, bint to_head) noexcept nogil

# Lists: a chain of nodes, each a listpack of a few kilobytes.
from libc.stdint cimport int64_t, uint32_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.limits cimport Limits

cdef struct Node:
    Node* prev
    Node* next
    char* packed                        # owned: a listpack of `count` elements, at least one
    uint32_t count

cdef struct Quicklist:
    Node* head
    Node* tail
    uint64_t count                      # elements
    uint64_t nodes

cdef struct ListCursor:                 # one element; dies when the list changes, but for the functions that take it
    Quicklist* list
    Node* node                          # NULL: behind the last element, or before the first
    char* at

cdef Quicklist* quicklist_new() noexcept nogil
cdef bint quicklist_free_step(Quicklist* list, int budget) noexcept nogil
cdef Quicklist* quicklist_copy(const Quicklist* list) noexcept nogil
cdef size_t quicklist_bytes(const Quicklist* list) noexcept nogil
cdef void quicklist_push(Quicklist* list, View element, bint head, const Limits* limits) noexcept nogil
cdef void quicklist_append_node(Quicklist* list, char* take_packed) noexcept nogil
cdef bint quicklist_seek(Quicklist* list, int64_t index, ListCursor* cursor) noexcept nogil
cdef void quicklist_end(Quicklist* list, bint head, ListCursor* cursor) noexcept nogil
cdef bint quicklist_step(ListCursor* cursor, bint backwards) noexcept nogil
cdef void quicklist_insert(ListCursor* cursor, View element, bint after, const Limits* limits) noexcept nogil
cdef void quicklist_replace(ListCursor* cursor, View element) noexcept nogil
cdef void quicklist_remove(ListCursor* cursor, bint backwards) noexcept nogil
cdef void quicklist_remove_range(Quicklist* list, uint64_t start, uint64_t count) noexcept nogil

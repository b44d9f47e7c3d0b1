# Sets: integers in an intset, few short members in a listpack, all others in a table.
from libc.stdint cimport int64_t, uint8_t, uint64_t

from autocache.base.bytes cimport View
from autocache.types.entry cimport Entry
from autocache.types.limits cimport Limits
from autocache.types.table cimport Walker

cdef enum:
    MEMBER_INT_BYTES = 24               # room for a member that is kept as an integer, as text

cdef struct SetWalk:                    # a walk over the members of a set, which may not change meanwhile
    Entry* set
    char* packed                        # listpack: the next element, or NULL
    uint64_t index                      # intset: the next index
    Walker walker
    char text[24]                       # a member that was an integer; `member` may point here
    View member

cdef void* set_create(View member, const Limits* limits, uint8_t* kind) noexcept nogil
cdef void set_reserve(Entry* set, uint64_t count, const Limits* limits) noexcept nogil
cdef void set_fit(Entry* set, const Limits* limits) noexcept nogil
cdef bint set_add(Entry* set, View member, const Limits* limits) noexcept nogil
cdef bint set_remove(Entry* set, View member) noexcept nogil
cdef bint set_has(Entry* set, View member) noexcept nogil
cdef uint64_t set_length(Entry* set) noexcept nogil
cdef View set_random(Entry* set, uint64_t random, char* buffer) noexcept nogil
cdef void set_walk_begin(SetWalk* walk, Entry* set) noexcept nogil
cdef bint set_walk_next(SetWalk* walk) noexcept nogil

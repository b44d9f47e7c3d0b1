"""Which of a request's arguments are keys.

Client tracking, COMMAND GETKEYS and (later) ACL and cluster routing read this one iterator. It needs nothing
but the declaration: first key, last key and step, as COMMAND INFO shows them, and where a number of keys
stands.
"""

from libc.stdint cimport int64_t

from autocache.base.numbers cimport parse_int64
from autocache.commands.context cimport Command
from autocache.resp.parser cimport Arg


cdef int key_positions(const Command* command, const Arg* argv, int argc, int* positions,
                       int max) noexcept nogil:
    """Write the positions of a request's keys into `positions`, which has room for `max` of them.

    Returns how many keys there are, which may be more than `max` (call again with more room), or -1 if the
    arguments do not fit the command.
    """
    cdef int count = 0
    cdef int last
    cdef int64_t counted
    if command.first_key > 0:
        last = command.last_key + argc if command.last_key < 0 else command.last_key
        if last >= argc or last < command.first_key:
            return -1
        count = place(command.first_key, last, command.key_step, positions, max, 0)
    if command.key_count_at:
        if command.key_count_at >= argc:
            return -1
        if not parse_int64(argv[command.key_count_at].ptr, argv[command.key_count_at].len, &counted):
            return -1
        if counted < 0 or counted >= argc - command.key_count_at:
            return -1
        last = command.key_count_at + <int>counted
        count = place(command.key_count_at + 1, last, 1, positions, max, count)
    return count


cdef inline int place(int at, int last, int step, int* positions, int max, int count) noexcept nogil:
    while at <= last:
        if count < max:
            positions[count] = at
        count += 1
        at += step
    return count

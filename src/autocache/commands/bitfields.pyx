"""BITFIELD and BITFIELD_RO: strings as arrays of integers of 1 to 64 bits.

A command holds any number of operations. All of them are read before the first one is done, so that an error in
the last one leaves the key as it was, and so that the string is made long enough at once. They are read again
as they are done, which costs less than remembering them, and needs no memory.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memchr

from autocache.base.bytes cimport View
from autocache.base.numbers cimport parse_int64
from autocache.commands.args cimport arg_is, find_typed, int_arg, syntax_error
from autocache.commands.bitmaps cimport bit_offset_arg, bits_for_change
from autocache.commands.context cimport Request
from autocache.keyspace.db cimport EVENT_CLASS_STRING, FIND_WRITE, Found, changed, modified
from autocache.resp.out cimport out_array, out_error, out_int, out_null
from autocache.resp.parser cimport Arg
from autocache.types.bits cimport (
    OVERFLOW_FAIL,
    OVERFLOW_SATURATE,
    OVERFLOW_WRAP,
    Field,
    field_fit,
    field_get,
    field_set,
)
from autocache.types.entry cimport TYPE_STRING, entry_string

from autocache.commands.declare import declare

cdef enum:
    FIELD_NONE = 0                      # the end of the command
    FIELD_GET = 1
    FIELD_SET = 2
    FIELD_INCRBY = 3

cdef struct Operation:
    int kind                            # FIELD_*
    int policy                          # OVERFLOW_*; stays in force for the operations after it
    Field field
    int64_t number                      # the value of SET, the increment of INCRBY

cdef struct Plan:                       # what all operations of a command need
    int operations
    bint writes
    uint64_t bytes                      # how long the string must be for those that write


# --- reading operations


cdef bint type_arg(Request* request, int position, Field* field) noexcept nogil:
    """Read the type of a field: `i` or `u` and its width, as u8."""
    cdef const Arg* arg = &request.argv[position]
    cdef size_t length = arg.len
    cdef const char* end
    cdef int64_t width
    if length:
        # redis-server reads the word up to its first zero byte.
        end = <const char*>memchr(arg.ptr, 0, length)
        length = length if end == NULL else <size_t>(end - arg.ptr)
    if length and (arg.ptr[0] == c'i' or arg.ptr[0] == c'u') and parse_int64(arg.ptr + 1, length - 1, &width):
        field.is_signed = arg.ptr[0] == c'i'
        if width >= 1 and width <= (64 if field.is_signed else 63):
            field.width = <int>width
            return True
    out_error(request.out, b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not"
              b" supported but i64 is.")
    return False


cdef bint overflow_arg(Request* request, int position, int* policy) noexcept nogil:
    cdef const Arg* arg = &request.argv[position]
    if arg_is(arg, b"wrap", 4):
        policy[0] = OVERFLOW_WRAP
    elif arg_is(arg, b"sat", 3):
        policy[0] = OVERFLOW_SATURATE
    elif arg_is(arg, b"fail", 4):
        policy[0] = OVERFLOW_FAIL
    else:
        out_error(request.out, b"ERR Invalid OVERFLOW type specified")
        return False
    return True


cdef int operation_named(const Arg* arg, int left) noexcept nogil:
    """The operation that a word is, if the `left` arguments after it are enough for it."""
    if left >= 2 and arg_is(arg, b"get", 3):
        return FIELD_GET
    if left >= 3 and arg_is(arg, b"set", 3):
        return FIELD_SET
    if left >= 3 and arg_is(arg, b"incrby", 6):
        return FIELD_INCRBY
    return FIELD_NONE


cdef bint next_operation(Request* request, int* position, Operation* operation) noexcept nogil:
    """Read the operation at a position and move behind it; FIELD_NONE at the end. False after an error."""
    cdef int at = position[0]
    operation.kind = FIELD_NONE
    while at + 1 < request.argc and arg_is(&request.argv[at], b"overflow", 8):
        if not overflow_arg(request, at + 1, &operation.policy):
            return False
        at += 2
    position[0] = at
    if at == request.argc:
        return True
    operation.kind = operation_named(&request.argv[at], request.argc - at - 1)
    if operation.kind == FIELD_NONE:
        syntax_error(request)
        return False
    if not type_arg(request, at + 1, &operation.field) \
            or not bit_offset_arg(request, at + 2, operation.field.width, &operation.field.offset):
        return False
    if operation.kind == FIELD_GET:
        position[0] = at + 3
        return True
    position[0] = at + 4
    return int_arg(request, at + 3, &operation.number)


cdef bint read_plan(Request* request, Plan* plan) noexcept nogil:
    """Read all operations, to know what they need; False after an error."""
    cdef Operation operation
    cdef int position = 2
    operation.policy = OVERFLOW_WRAP
    plan.operations = 0
    plan.writes = False
    plan.bytes = 0
    while next_operation(request, &position, &operation):
        if operation.kind == FIELD_NONE:
            return True
        plan.operations += 1
        if operation.kind != FIELD_GET:
            plan.writes = True
            plan.bytes = max(plan.bytes, (operation.field.offset + <uint64_t>operation.field.width + 7) >> 3)
    return False


# --- doing them


cdef bint write_field(
    Request* request, uint8_t* bytes, size_t length, const Operation* operation, bint grew
) noexcept nogil:
    """Do a SET or an INCRBY, and reply to it; whether the string is another one now: written, and changed or grown."""
    cdef int64_t before = field_get(bytes, length, &operation.field)
    cdef int64_t after
    cdef bint fits
    if operation.kind == FIELD_SET:
        fits = field_fit(&operation.field, operation.number, 0, operation.policy, &after)
    else:
        fits = field_fit(&operation.field, before, operation.number, operation.policy, &after)
    if not fits and operation.policy == OVERFLOW_FAIL:
        out_null(request.out)
        return False
    field_set(bytes, &operation.field, after)
    out_int(request.out, before if operation.kind == FIELD_SET else after)
    return grew or before != after


cdef void write_fields(Request* request, Found* found, const Plan* plan) noexcept nogil:
    cdef Operation operation
    cdef size_t length
    cdef bint grew
    cdef uint64_t changes = 0
    cdef int position = 2
    cdef uint8_t* bytes = bits_for_change(request, found, plan.bytes, &grew)
    if bytes == NULL:
        return
    length = entry_string(found.entry).len
    operation.policy = OVERFLOW_WRAP
    out_array(request.out, plan.operations)
    while next_operation(request, &position, &operation) and operation.kind != FIELD_NONE:
        if operation.kind == FIELD_GET:
            out_int(request.out, field_get(bytes, length, &operation.field))
        else:
            changes += write_field(request, bytes, length, &operation, grew)
    if changes:
        request.ks.dirty += changes - 1
        changed(request.ks, found, EVENT_CLASS_STRING, b"setbit")
    elif grew:
        # Every number was refused, yet the string is longer: nothing to announce, but a change all the same.
        modified(request.ks, found)


cdef void read_fields(Request* request, Found* found, const Plan* plan) noexcept nogil:
    cdef Operation operation
    cdef View value
    cdef int position = 2
    operation.policy = OVERFLOW_WRAP
    value.ptr = NULL
    value.len = 0
    if found.slot != NULL:
        value = entry_string(found.entry)
    out_array(request.out, plan.operations)
    while next_operation(request, &position, &operation) and operation.kind != FIELD_NONE:
        out_int(request.out, field_get(<const uint8_t*>value.ptr, value.len, &operation.field))


declare(
    <size_t>bitfield_command,
    "BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value"
    " | INCRBY encoding offset increment> ...]",
    arity=-2, group="bitmap", flags="write denyoom", keys="RW access update variable_flags@1",
    key_notes="This command allows both access and modification of the key", finder="bitfield",
    since="3.2.0",
    complexity="O(1) for each operation",
    about="Reads, sets and increments integers of any width at any bit of the string value of a key.",
)
cdef void bitfield_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Plan plan
    if not read_plan(request, &plan):
        return
    if not find_typed(request, 1, TYPE_STRING, FIND_WRITE if plan.writes else 0, &found):
        return
    if plan.writes:
        write_fields(request, &found, &plan)
    else:
        read_fields(request, &found, &plan)


declare(
    <size_t>bitfield_ro_command, "BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]", arity=-2,
    group="bitmap", flags="readonly fast", keys="RO access@1", since="6.0.0",
    complexity="O(1) for each operation",
    about="Reads integers of any width at any bit of the string value of a key.",
)
cdef void bitfield_ro_command(Request* request) noexcept nogil:
    cdef Found found
    cdef Plan plan
    if not read_plan(request, &plan):
        return
    if plan.writes:
        out_error(request.out, b"ERR BITFIELD_RO only supports the GET subcommand")
        return
    if find_typed(request, 1, TYPE_STRING, 0, &found):
        read_fields(request, &found, &plan)

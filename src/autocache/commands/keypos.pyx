"""Which of a request's arguments are keys, and what is done to each.

Client tracking, COMMAND GETKEYS and (later) ACL and cluster routing read this one iterator. It follows the command's
key specifications (`keys` of its declaration). The few commands whose keys depend on how their options are parsed, or
whose flags do, name a function here as their `finder`; that is then asked alone.

A place whose keyword is not among the words has no keys. A place that the words contradict (it ends behind the last
word, or before it begins) means that the request is wrong: it has no keys at all then, whatever other places say.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy, memset

from autocache.base.bytes cimport same_word
from autocache.base.numbers cimport parse_int64
from autocache.commands.context cimport *
from autocache.memory.alloc cimport mem_alloc, mem_free
from autocache.resp.parser cimport Arg

from autocache.commands.declare import FINDERS


cdef struct Finding:
    KeyAt* found                        # borrowed from the caller
    int max
    int count                           # how many keys there are, also those that `found` had no room for


cdef int find_keys(const Command* command, const Arg* argv, int argc, KeyAt* found, int max) noexcept nogil:
    """Write a request's keys into `found`, which has room for `max` of them.

    Returns how many keys there are, which may be more than `max` (call again with more room), or -1 if the arguments do
    not fit the command.
    """
    cdef Finding finding
    cdef int i
    finding.found = found
    finding.max = max
    finding.count = 0
    if command.finder == FINDER_SET:
        add(&finding, 1, set_flags(argv, argc))
    elif command.finder == FINDER_BITFIELD:
        add(&finding, 1, bitfield_flags(argv, argc))
    elif command.finder == FINDER_SORT:
        find_sort(command, argv, argc, &finding)
    elif command.finder == FINDER_MIGRATE:
        find_migrate(command, argv, argc, &finding)
    else:
        for i in range(command.place_count):
            if not find_place(&command.places[i], argv, argc, &finding):
                return -1
    return finding.count


cdef inline void add(Finding* finding, int at, uint32_t flags) noexcept nogil:
    if finding.count < finding.max:
        finding.found[finding.count].at = at
        finding.found[finding.count].flags = flags
    finding.count += 1


cdef bint find_place(const KeyPlace* place, const Arg* argv, int argc, Finding* finding) noexcept nogil:
    """Add the keys of one specification; False if the words contradict it."""
    cdef int first = place.begin
    cdef int last
    cdef int64_t counted
    if place.kind == PLACE_UNKNOWN or place.flags & KEY_NOT_KEY:
        return True
    if place.kind == PLACE_KEYWORD:
        first = find_keyword(place, argv, argc) + 1
        if first == 0:
            return True
    if place.kind == PLACE_COUNTED:
        if first >= argc or not parse_int64(argv[first].ptr, argv[first].len, &counted):
            return False
        if counted < 1 or counted >= argc - first:
            return False
        first += 1
        last = first + <int>counted - 1
    elif place.last >= 0:
        last = first + place.last
    elif place.limit:
        last = first + (argc - first) // place.limit + place.last
    else:
        last = argc + place.last
    if last >= argc or last < first:
        return False
    while first <= last:
        add(finding, first, place.flags)
        first += place.step
    return True


cdef int find_keyword(const KeyPlace* place, const Arg* argv, int argc) noexcept nogil:
    """Where a place's keyword stands, or -1. The last word is none: no key could follow it."""
    cdef int at
    if place.begin >= 0:
        for at in range(place.begin, argc - 1):
            if same_word(argv[at].ptr, argv[at].len, place.keyword, place.keyword_len):
                return at
    else:
        for at in range(argc + place.begin, 1, -1):
            if same_word(argv[at].ptr, argv[at].len, place.keyword, place.keyword_len):
                return at
    return -1


# --- finders


cdef inline bint is_word(const Arg* arg, const char* lower, size_t length) noexcept nogil:
    return same_word(arg.ptr, arg.len, lower, length)


cdef uint32_t set_flags(const Arg* argv, int argc) noexcept nogil:
    """SET reads its key only with GET."""
    cdef int at
    for at in range(3, argc):
        if is_word(&argv[at], b"get", 3):
            return KEY_RW | KEY_ACCESS | KEY_UPDATE
    return KEY_OW | KEY_UPDATE


cdef uint32_t bitfield_flags(const Arg* argv, int argc) noexcept nogil:
    """BITFIELD only reads its key if all its parts are GET (OVERFLOW alone does nothing)."""
    cdef int at = 2
    while at < argc:
        if is_word(&argv[at], b"get", 3) and at + 2 < argc:
            at += 3
        elif is_word(&argv[at], b"overflow", 8) and at + 1 < argc:
            at += 2
        else:
            return KEY_RW | KEY_ACCESS | KEY_UPDATE
    return KEY_RO | KEY_ACCESS


cdef void find_sort(const Command* command, const Arg* argv, int argc, Finding* finding) noexcept nogil:
    """SORT: its key, and the one after its last STORE that is not the value of another option. SORT_RO has no STORE."""
    cdef int stored = 0
    cdef int at = 2
    add(finding, 1, command.places[0].flags)
    while at < argc:
        if is_word(&argv[at], b"limit", 5):
            at += 2
        elif is_word(&argv[at], b"get", 3) or is_word(&argv[at], b"by", 2):
            at += 1
        elif is_word(&argv[at], b"store", 5) and at + 1 < argc:
            stored = at + 1
        at += 1
    if stored and command.place_count > 2:
        add(finding, stored, command.places[2].flags)


cdef void find_migrate(const Command* command, const Arg* argv, int argc, Finding* finding) noexcept nogil:
    """MIGRATE: the key at 3, or those after KEYS if that one is empty; both together are a mistake, with no key."""
    cdef uint32_t flags = command.places[0].flags
    cdef int at = 6
    while at < argc - 1:
        if is_word(&argv[at], b"keys", 4):
            if argv[3].len == 0:
                while at + 1 < argc:
                    at += 1
                    add(finding, at, flags)
            return
        if is_word(&argv[at], b"auth", 4):
            at += 1
        elif is_word(&argv[at], b"auth2", 5):
            at += 2
        at += 1
    add(finding, 3, flags)


# --- from a declaration


cdef int fill_places(Command* command, object spec) except -1:
    """Copy where the keys are from a declaration."""
    cdef KeyPlace* place
    cdef bytes keyword
    cdef int i
    command.finder = FINDERS[spec.finder]
    command.place_count = len(spec.keys)
    if command.place_count > KEY_PLACES_MAX:
        raise ValueError(f"{spec.name}: more than {KEY_PLACES_MAX} key specifications")
    for i, declared in enumerate(spec.keys):
        place = &command.places[i]
        memset(place, 0, sizeof(KeyPlace))
        keyword = declared.keyword.lower().encode()
        memcpy(place.keyword, <const char*>keyword, min(<size_t>len(keyword), <size_t>KEYWORD_BYTES - 1))
        place.keyword_len = len(keyword)
        place.kind = (PLACE_UNKNOWN if declared.unknown else PLACE_KEYWORD if keyword
                      else PLACE_COUNTED if declared.counted else PLACE_SPAN)
        place.flags = declared.bits
        place.begin = declared.begin
        place.last = declared.last
        place.step = declared.step
        place.limit = declared.limit
    return 0


def keys_in(spec: object, words: object) -> list[tuple[int, int]] | None:
    """The keys of a request with these words as (position, KEY_ bits), or None if they contradict the declaration.

    The request must have the number of arguments that the command demands.
    """
    cdef Command command
    cdef int count = len(words)
    cdef Arg* args = <Arg*>mem_alloc((count + 1) * sizeof(Arg))
    cdef KeyAt* found = <KeyAt*>mem_alloc((count + 1) * KEY_PLACES_MAX * sizeof(KeyAt))
    cdef int i
    try:
        memset(&command, 0, sizeof(Command))
        fill_places(&command, spec)
        for i in range(count):
            args[i].ptr = <bytes>words[i]
            args[i].len = len(words[i])
        count = find_keys(&command, args, count, found, count * KEY_PLACES_MAX)
        return None if count < 0 else [(found[i].at, found[i].flags) for i in range(count)]
    finally:
        mem_free(args)
        mem_free(found)

"""The hash table of the keyspace, and of everything else that grows large: extendible hashing over linear probing.

A table is a directory of segments. The leading `depth` bits of a hash choose the cell of the directory and so the
segment; the next bits choose the home slot; a collision moves on to the next slot. A segment starts with 8 slots and
doubles up to 4096 (one page of the allocator). From then on a full segment splits in two, each with half its
entries, and if need be the directory doubles. So the table grows by steps of at most one segment: no step takes
longer than rehashing 3,300 entries, there are never two tables to look in, and the memory in use never doubles.
Neighbours that have become sparse are merged by `table_shrink_step`, again one segment a step.

A slot is one word: the entry's address (48 bits, the low 3 free) and, in the bits that an address leaves over, the
12 bits that choose its home slot, 6 further bits of the hash and one bit that says "has an expiry". Hence

- a probe reads the entry only if 18 bits agree, so a miss costs almost never a second cache line;
- deleting shifts the following slots back and leaves no tombstone, without reading their entries;
- looking for volatile entries reads only slots.

Iteration goes by the order of hashes: the cursor is a position in the space of hashes, and no resize moves an entry
in that order. So SCAN returns each entry that stays for the whole scan, once (a merge of segments between two calls
may repeat some), however the table changes meanwhile.

The hash is seeded per process (no hash flooding): wide multiplications folded to 64 bits, the construction that
wyhash made known, over two random seeds.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memset

from autocache.base.bytes cimport View, fold_multiply, likely, load32, load64, prefetch
from autocache.types.entry cimport (
    Entry,
    entry_access,
    entry_bytes,
    entry_copy,
    entry_expiry,
    entry_has_expiry,
    entry_key,
)
from autocache.memory.alloc cimport mem_alloc, mem_free, mem_page_alloc, mem_page_free, mem_size, mem_zalloc

cdef enum:
    BITS_MIN = 3
    BITS_MAX = 12                       # 4096 slots of 8 bytes are one page
    CURSOR_SHIFT = 16                   # cursors are the upper 48 bits of a position
    CLEAR_SLOTS = 512                   # slots whose entries are freed in one go
    SCAN_AHEAD = 8                      # slots; their entries are asked for that early
    RANDOM_TRIES_MAX = 4096             # each is a cache miss; a table this sparse is about to shrink

# Words of 64 bits do not fit a C enum, so these are constants by macro.
cdef extern from *:
    """
    #define AC_ADDRESS 0x0000FFFFFFFFFFF8ULL
    #define AC_HIGH    0xFFFF000000000000ULL
    #define AC_MATCH   0xFFFF000000000006ULL
    #define AC_VOLATILE 1ULL
    """
    const uint64_t ADDRESS "AC_ADDRESS"
    const uint64_t HIGH "AC_HIGH"
    const uint64_t MATCH "AC_MATCH"
    const uint64_t VOLATILE "AC_VOLATILE"


cdef uint64_t hash_bytes(const Seeds* seeds, const char* data, size_t length) noexcept nogil:
    """The seeded 64-bit hash of `length` bytes."""
    cdef uint64_t a = 0
    cdef uint64_t b = 0
    cdef uint64_t state = seeds.first ^ <uint64_t>length
    cdef size_t left = length
    if length <= 16:
        if length >= 8:
            a = load64(data)
            b = load64(data + length - 8)
        elif length >= 4:
            a = load32(data)
            b = load32(data + length - 4)
        elif length > 0:
            a = (<uint64_t><uint8_t>data[0] << 16) | (<uint64_t><uint8_t>data[length >> 1] << 8)
            a |= <uint8_t>data[length - 1]
    else:
        while left > 16:
            state = fold_multiply(load64(data) ^ seeds.second, load64(data + 8) ^ state)
            data += 16
            left -= 16
        a = load64(data + left - 16)
        b = load64(data + left - 8)
    state = fold_multiply(a ^ seeds.second, b ^ state)
    return fold_multiply(state ^ seeds.first, <uint64_t>length ^ seeds.second)


cdef inline uint64_t directory_index(uint64_t hash, uint32_t depth) noexcept nogil:
    return (hash >> 1) >> (63 - depth)


cdef inline uint64_t tag_of(uint64_t hash, uint32_t depth) noexcept nogil:
    """The bits of a slot that come from the hash: home and fingerprint."""
    cdef uint64_t rest = hash << depth
    return (rest & HIGH) | ((rest >> 45) & 6)


cdef inline uint64_t home_of(uint64_t word, uint32_t bits) noexcept nogil:
    return word >> (64 - bits)


cdef inline uint64_t make_slot(Entry* entry, uint64_t hash, uint32_t depth) noexcept nogil:
    return <uint64_t>entry | tag_of(hash, depth) | (VOLATILE if entry_has_expiry(entry) else 0)


cdef inline uint64_t hash_entry(const Table* table, Entry* entry) noexcept nogil:
    cdef View key = entry_key(entry)
    return hash_bytes(&table.seeds, key.ptr, key.len)


cdef uint64_t* new_slots(uint32_t bits) noexcept nogil:
    if bits == BITS_MAX:
        return <uint64_t*>mem_page_alloc()
    return <uint64_t*>mem_zalloc(<size_t>8 << bits)


cdef void free_slots(uint64_t* slots, uint32_t bits) noexcept nogil:
    if bits == BITS_MAX:
        mem_page_free(slots)
    else:
        mem_free(slots)


cdef inline uint64_t* put_slot(uint64_t* slots, uint32_t bits, uint64_t word) noexcept nogil:
    cdef uint64_t mask = (<uint64_t>1 << bits) - 1
    cdef uint64_t at = home_of(word, bits)
    while slots[at]:
        at = (at + 1) & mask
    slots[at] = word
    return &slots[at]


cdef void show(Table* table, Segment* segment, uint64_t prefix) noexcept nogil:
    """Write a segment into all cells of the directory that lead to it; `prefix` is its leading bits."""
    cdef uint64_t span = <uint64_t>1 << (table.depth - segment.depth)
    cdef uint64_t cell
    for cell in range(prefix * span, prefix * span + span):
        table.directory[cell].slots = segment.slots
        table.directory[cell].segment = segment
        table.directory[cell].depth = segment.depth
        table.directory[cell].bits = segment.bits


cdef Segment* new_segment(uint32_t depth, uint32_t bits) noexcept nogil:
    cdef Segment* segment = <Segment*>mem_zalloc(sizeof(Segment))
    segment.slots = new_slots(bits)
    segment.depth = <uint8_t>depth
    segment.bits = <uint8_t>bits
    return segment


cdef void table_init(Table* table, Seeds seeds) noexcept nogil:
    """Make an empty table; it allocates nothing until the first entry."""
    memset(table, 0, sizeof(Table))
    table.seeds = seeds


cdef void first_segment(Table* table) noexcept nogil:
    table.directory = <Place*>mem_alloc(sizeof(Place))
    table.segments = 1
    show(table, new_segment(0, BITS_MIN), 0)


cdef uint64_t* table_find(const Table* table, View key, uint64_t hash) noexcept nogil:
    """The slot of `key`, or NULL. The slot lives until the table changes."""
    cdef Place* place
    cdef uint64_t* slots
    cdef uint64_t word, wanted, at, mask
    cdef View found
    if table.count == 0:
        return NULL
    place = &table.directory[directory_index(hash, table.depth)]
    slots = place.slots
    mask = (<uint64_t>1 << place.bits) - 1
    wanted = tag_of(hash, place.depth)
    at = home_of(wanted, place.bits)
    while True:
        word = slots[at]
        if word == 0:
            return NULL
        if (word & MATCH) == wanted:
            found = entry_key(<Entry*>(word & ADDRESS))
            if likely(found.len == key.len and memcmp(found.ptr, key.ptr, key.len) == 0):
                return &slots[at]
        at = (at + 1) & mask


cdef void table_prefetch(const Table* table, uint64_t hash) noexcept nogil:
    """Ask the processor for the slots that `hash` leads to, ahead of `table_find`."""
    cdef Place* place
    if table.count:
        place = &table.directory[directory_index(hash, table.depth)]
        prefetch(&place.slots[home_of(hash << place.depth, place.bits)])


cdef Entry* table_candidate(const Table* table, uint64_t hash) noexcept nogil:
    """The entry that `table_find` will look at first for this hash, without looking at it; NULL if there is none."""
    cdef Place* place
    cdef uint64_t word, wanted, at, mask
    if table.count == 0:
        return NULL
    place = &table.directory[directory_index(hash, table.depth)]
    mask = (<uint64_t>1 << place.bits) - 1
    wanted = tag_of(hash, place.depth)
    at = home_of(wanted, place.bits)
    while True:
        word = place.slots[at]
        if word == 0:
            return NULL
        if (word & MATCH) == wanted:
            return <Entry*>(word & ADDRESS)
        at = (at + 1) & mask


cdef void resize(Table* table, Segment* segment, uint64_t prefix, uint32_t bits) noexcept nogil:
    """Give a segment another number of slots; tags stay as they are, so no entry is read."""
    cdef uint64_t* old = segment.slots
    cdef uint64_t at
    segment.slots = new_slots(bits)
    for at in range(<uint64_t>1 << segment.bits):
        if old[at]:
            put_slot(segment.slots, bits, old[at])
    free_slots(old, segment.bits)
    segment.bits = <uint8_t>bits
    show(table, segment, prefix)


cdef void double_directory(Table* table) noexcept nogil:
    cdef uint64_t length = <uint64_t>1 << table.depth
    cdef Place* doubled = <Place*>mem_alloc(2 * length * sizeof(Place))
    cdef uint64_t cell
    for cell in range(length):
        doubled[2 * cell] = doubled[2 * cell + 1] = table.directory[cell]
    mem_free(table.directory)
    table.directory = doubled
    table.depth += 1


cdef void move_entries(const Table* table, Segment* source, Segment* low, Segment* high) noexcept nogil:
    """Put the entries of `source` where their hash says: into `low` or, if their next bit is set, `high`."""
    cdef uint64_t length = <uint64_t>1 << source.bits
    cdef uint64_t at, hash
    cdef Entry* entry
    cdef Segment* target
    for at in range(length):
        if at + 8 < length and source.slots[at + 8]:
            prefetch(<void*>(source.slots[at + 8] & ADDRESS))
        if source.slots[at] == 0:
            continue
        entry = <Entry*>(source.slots[at] & ADDRESS)
        hash = hash_entry(table, entry)
        target = high if (hash << low.depth >> 63 if low.depth == 0 else hash << (low.depth - 1) >> 63) else low
        put_slot(target.slots, target.bits, make_slot(entry, hash, target.depth))
        target.count += 1
        target.volatile += entry_has_expiry(entry)


cdef void split(Table* table, Segment* segment, uint64_t prefix) noexcept nogil:
    """Replace a full segment by two, each for one value of the next bit of the hash."""
    cdef Segment* low
    cdef Segment* high
    if segment.depth == table.depth:
        double_directory(table)
    low = new_segment(segment.depth + 1, BITS_MAX)
    high = new_segment(segment.depth + 1, BITS_MAX)
    move_entries(table, segment, low, high)
    low.due_ms = high.due_ms = segment.due_ms
    show(table, low, prefix * 2)
    show(table, high, prefix * 2 + 1)
    free_slots(segment.slots, segment.bits)
    mem_free(segment)
    table.segments += 1


cdef inline bint is_full(const Segment* segment) noexcept nogil:
    # 13/16: an absent key is found absent after some 15 words, which lie in two cache lines.
    return (segment.count + 1) * 16 > (<uint64_t>13 << segment.bits)


cdef uint64_t* table_insert(Table* table, Entry* take_entry, uint64_t hash) noexcept nogil:
    """Insert an entry whose key is not in the table, and return its slot. Slots found before are void."""
    cdef Segment* segment
    cdef uint64_t* slot
    cdef uint64_t prefix
    if table.directory == NULL:
        first_segment(table)
    segment = table.directory[directory_index(hash, table.depth)].segment
    while is_full(segment):
        prefix = directory_index(hash, segment.depth)
        if segment.bits < BITS_MAX:
            resize(table, segment, prefix, segment.bits + 1)
        else:
            split(table, segment, prefix)
            segment = table.directory[directory_index(hash, table.depth)].segment
    slot = put_slot(segment.slots, segment.bits, make_slot(take_entry, hash, segment.depth))
    segment.count += 1
    table.count += 1
    if entry_has_expiry(take_entry):
        note_expiry(table, segment, take_entry)
    return slot


cdef inline void note_expiry(Table* table, Segment* segment, Entry* entry) noexcept nogil:
    cdef int64_t expiry = entry_expiry(entry)
    if segment.volatile == 0 or expiry < segment.due_ms:
        segment.due_ms = expiry
    segment.volatile += 1
    table.volatile += 1


cdef void table_swap(Table* table, uint64_t* slot, uint64_t hash, Entry* take_entry) noexcept nogil:
    """Put another entry of the same key into a slot. The old entry is the caller's, and may be freed already."""
    cdef Segment* segment = table.directory[directory_index(hash, table.depth)].segment
    if slot[0] & VOLATILE:
        segment.volatile -= 1
        table.volatile -= 1
    slot[0] = make_slot(take_entry, hash, segment.depth)
    if slot[0] & VOLATILE:
        note_expiry(table, segment, take_entry)


cdef Entry* table_take(Table* table, uint64_t* slot, uint64_t hash) noexcept nogil:
    """Remove the entry of a slot and give it to the caller. Slots found before are void."""
    cdef Segment* segment = table.directory[directory_index(hash, table.depth)].segment
    cdef Entry* entry = <Entry*>(slot[0] & ADDRESS)
    cdef uint64_t mask = (<uint64_t>1 << segment.bits) - 1
    cdef uint64_t hole = slot - segment.slots
    cdef uint64_t at = hole
    cdef uint64_t word
    segment.count -= 1
    table.count -= 1
    if slot[0] & VOLATILE:
        segment.volatile -= 1
        table.volatile -= 1
    while True:
        at = (at + 1) & mask
        word = segment.slots[at]
        if word == 0:
            break
        # A slot may fill the hole if that does not put it before its home.
        if ((at - home_of(word, segment.bits)) & mask) >= ((at - hole) & mask):
            segment.slots[hole] = word
            hole = at
    segment.slots[hole] = 0
    return entry


cdef Segment* table_next_segment(const Table* table, uint64_t* cursor) noexcept nogil:
    """The segment at a cell of the directory, and the cell after it; wraps round at the end, to 0."""
    cdef uint64_t length = <uint64_t>1 << table.depth
    cdef uint64_t cell = cursor[0] & (length - 1)
    cdef Segment* segment
    if table.directory == NULL:
        return NULL
    segment = table.directory[cell].segment
    cell = (cell | ((<uint64_t>1 << (table.depth - segment.depth)) - 1)) + 1
    cursor[0] = 0 if cell == length else cell
    return segment


cdef Entry* table_random(const Table* table, uint64_t random, uint64_t* hash) noexcept nogil:
    """A random entry, or NULL if the table is empty; `hash` becomes the entry's. `random` is 64 random bits."""
    cdef Place* place
    cdef uint64_t at
    cdef int _
    cdef Entry* entry
    if table.count == 0:
        return NULL
    for _ in range(RANDOM_TRIES_MAX):
        place = &table.directory[directory_index(random, table.depth)]
        at = home_of(random << place.depth, place.bits)
        if place.slots[at]:
            entry = <Entry*>(place.slots[at] & ADDRESS)
            hash[0] = hash_entry(table, entry)
            return entry
        random = fold_multiply(random ^ table.seeds.first, table.seeds.second | 1)
    # Only in a table that was emptied and not yet shrunk: take the first entry from here on.
    if table_sample(table, random, False, &entry, 1) == 0:
        return NULL
    hash[0] = hash_entry(table, entry)
    return entry


cdef int table_sample(const Table* table, uint64_t random, bint volatile_only, Entry** found,
                      int wanted) noexcept nogil:
    """Up to `wanted` entries that follow a random place, of all or of those with an expiry; how many there are.

    No entry is found twice. The walk ends where it began, so it finds what there is, however little.
    """
    cdef uint64_t available = table.volatile if volatile_only else table.count
    cdef uint64_t left = table.segments
    cdef uint64_t cell, start, at, end, word
    cdef int count = 0
    cdef Segment* segment
    if <uint64_t>wanted > available:
        wanted = <int>available
    if wanted <= 0:
        return 0
    cell = directory_index(random, table.depth)
    start = at = home_of(random << table.directory[cell].depth, table.directory[cell].bits)
    cell &= ~((<uint64_t>1 << (table.depth - table.directory[cell].depth)) - 1)
    while count < wanted:
        segment = table_next_segment(table, &cell)
        end = <uint64_t>1 << segment.bits
        if left == 0:
            end = start                 # back in the first segment: what lies before the start
        elif volatile_only and segment.volatile == 0:
            at = end
        while at < end and count < wanted:
            word = segment.slots[at]
            at += 1
            if word and (not volatile_only or word & VOLATILE):
                found[count] = <Entry*>(word & ADDRESS)
                count += 1
        if left == 0:
            break
        left -= 1
        at = 0
    return count


cdef void table_walk(const Table* table, Visit visit, void* context) noexcept nogil:
    """Visit every entry once. The table may not change meanwhile."""
    cdef uint64_t cursor = 0
    cdef uint64_t at, length
    cdef Segment* segment
    if table.count == 0:
        return
    while True:
        segment = table_next_segment(table, &cursor)
        length = <uint64_t>1 << segment.bits
        for at in range(length):
            if at + 8 < length and segment.slots[at + 8]:
                prefetch(<void*>(segment.slots[at + 8] & ADDRESS))
            if segment.slots[at]:
                visit(context, <Entry*>(segment.slots[at] & ADDRESS))
        if cursor == 0:
            return


cdef void walker_begin(Walker* walker, const Table* table) noexcept nogil:
    """Start a walk that `walker_next` takes entry by entry."""
    walker.table = table
    walker.segment = NULL
    walker.cell = walker.at = 0
    if table.count:
        walker.segment = table_next_segment(table, &walker.cell)


cdef Entry* walker_next(Walker* walker) noexcept nogil:
    """The next entry, or NULL when all have been seen."""
    cdef uint64_t* slots
    cdef uint64_t word, length
    while walker.segment != NULL:
        slots = walker.segment.slots
        length = <uint64_t>1 << walker.segment.bits
        while walker.at < length:
            word = slots[walker.at]
            walker.at += 1
            if walker.at + 7 < length and slots[walker.at + 7]:
                prefetch(<void*>(slots[walker.at + 7] & ADDRESS))
            if word:
                return <Entry*>(word & ADDRESS)
        walker.at = 0
        walker.segment = table_next_segment(walker.table, &walker.cell) if walker.cell else NULL
    return NULL


cdef uint64_t table_scan(const Table* table, uint64_t cursor, Visit visit, void* context) noexcept nogil:
    """Visit the entries of one home slot, in the order of hashes, and return the next cursor; 0 is the end."""
    cdef uint64_t position = cursor << CURSOR_SHIFT
    cdef uint64_t word, home, at, mask, cell_span
    cdef Place* place
    if table.count == 0:
        return 0
    place = &table.directory[directory_index(position, table.depth)]
    mask = (<uint64_t>1 << place.bits) - 1
    home = home_of(position << place.depth, place.bits)
    at = home
    while True:
        word = place.slots[at]
        if word == 0:
            break
        prefetch(<void*>(place.slots[(at + SCAN_AHEAD) & mask] & ADDRESS))
        if home_of(word, place.bits) == home:
            visit(context, <Entry*>(word & ADDRESS))
        at = (at + 1) & mask
    cell_span = <uint64_t>1 << (64 - place.depth - place.bits)
    return ((position & ~(cell_span - 1)) + cell_span) >> CURSOR_SHIFT


cdef void merge(Table* table, Segment* low, Segment* high, uint64_t prefix) noexcept nogil:
    """Replace two sparse neighbours, of which `prefix` are the bits they share, by one segment."""
    cdef Segment* merged = new_segment(low.depth - 1, BITS_MAX)
    move_entries(table, low, merged, merged)
    move_entries(table, high, merged, merged)
    merged.due_ms = low.due_ms if low.volatile and (not high.volatile or low.due_ms < high.due_ms) else high.due_ms
    show(table, merged, prefix)
    free_slots(low.slots, low.bits)
    free_slots(high.slots, high.bits)
    mem_free(low)
    mem_free(high)
    table.segments -= 1


cdef bint halve_directory(Table* table) noexcept nogil:
    """Halve the directory if no segment needs its last bit; whether it was so."""
    cdef uint64_t cell
    cdef uint64_t half = <uint64_t>1 << (table.depth - 1)
    cdef Place* halved
    if table.segments > half:
        return False
    for cell in range(half):
        if table.directory[2 * cell].depth == table.depth:
            return False
    halved = <Place*>mem_alloc(half * sizeof(Place))
    for cell in range(half):
        halved[cell] = table.directory[2 * cell]
    mem_free(table.directory)
    table.directory = halved
    table.depth -= 1
    table.shrink_cursor = table.expire_cursor = 0
    return True


cdef bint shrink_segment(Table* table, uint64_t cell, Segment* segment) noexcept nogil:
    """Merge a sparse segment with its neighbour, or halve it if it is the only one; whether it was so."""
    cdef uint64_t prefix = cell >> (table.depth - segment.depth)
    cdef Segment* buddy
    if segment.depth == 0:
        if segment.bits == BITS_MIN or segment.count * 8 >= (<uint64_t>1 << segment.bits):
            return False
        resize(table, segment, 0, segment.bits - 1)
        return True
    if prefix & 1:
        return False
    buddy = table.directory[(prefix + 1) << (table.depth - segment.depth)].segment
    if buddy.depth != segment.depth or (segment.count + buddy.count) * 16 >= (<uint64_t>5 << BITS_MAX):
        return False
    merge(table, segment, buddy, prefix >> 1)
    return True


cdef void drop_only_segment(Table* table) noexcept nogil:
    """Give back the memory of a table whose last entry has gone."""
    cdef Segment* segment = table.directory[0].segment
    free_slots(segment.slots, segment.bits)
    mem_free(segment)
    mem_free(table.directory)
    table_init(table, table.seeds)


cdef bint table_shrink_step(Table* table, int budget) noexcept nogil:
    """Look at up to `budget` segments; at the first that is sparse, merge or halve it and return True.

    False means that nothing was changed; the next call looks further on. A step costs at most one rehash of a segment.
    """
    cdef uint64_t cell
    cdef Segment* segment
    cdef int _
    if table.directory == NULL:
        return False
    if table.count == 0 and table.segments == 1:
        drop_only_segment(table)
        return False
    for _ in range(budget):
        cell = table.shrink_cursor & ((<uint64_t>1 << table.depth) - 1)
        segment = table_next_segment(table, &table.shrink_cursor)
        if shrink_segment(table, cell, segment):
            return True
        if table.shrink_cursor == 0:
            return table.depth > 0 and halve_directory(table)
    return False


cdef bint table_clear_step(Table* table, uint64_t* cursor, int budget, Release release, void* context) noexcept nogil:
    """Release the entries of up to `budget` runs of slots; True when the table is empty and takes no memory.

    The table may not be used for anything else once this has begun. `cursor` starts at 0; it holds the cell of the
    directory that is being freed and, in its upper half, the first slot that is not.
    """
    cdef uint64_t at, cell, slot, end, length
    cdef Segment* segment
    cdef int _
    if table.directory == NULL:
        return True
    for _ in range(budget):
        cell = cursor[0] & 0xFFFFFFFFULL
        slot = cursor[0] >> 32
        segment = table_next_segment(table, &cell)
        length = <uint64_t>1 << segment.bits
        end = slot + CLEAR_SLOTS if slot + CLEAR_SLOTS < length else length
        for at in range(slot, end):
            if segment.slots[at]:
                if at + 8 < length:
                    prefetch(<void*>(segment.slots[at + 8] & ADDRESS))
                release(context, <Entry*>(segment.slots[at] & ADDRESS))
        if end < length:
            cursor[0] = (cursor[0] & 0xFFFFFFFFULL) | end << 32
            continue
        free_slots(segment.slots, segment.bits)
        mem_free(segment)
        cursor[0] = cell
        if cell == 0:
            mem_free(table.directory)
            table_init(table, table.seeds)
            return True
    return False


cdef void table_clear(Table* table, Release release, void* context) noexcept nogil:
    """Release all entries at once."""
    cdef uint64_t cursor = 0
    while not table_clear_step(table, &cursor, 1024, release, context):
        pass


cdef size_t table_overhead(const Table* table) noexcept nogil:
    """Bytes of the table without its entries. Segments below full size are the only one of their table."""
    if table.directory == NULL:
        return 0
    return (mem_size(table.directory) + table.segments * mem_size(table.directory[0].segment)
            + table.segments * (<size_t>8 << table.directory[0].bits))


# --- tables of strings, as large collections have them


cdef Table* table_new(Seeds seeds) noexcept nogil:
    """A table in a block of its own; the owner clears it and frees the block."""
    cdef Table* table = <Table*>mem_alloc(sizeof(Table))
    table_init(table, seeds)
    return table


cdef bint copy_visit(void* context, Entry* entry) noexcept nogil:
    cdef Table* copy = <Table*>context
    table_insert(copy, entry_copy(entry, entry_key(entry), entry_expiry(entry), entry_access(entry)),
                 hash_entry(copy, entry))
    return True


cdef Table* table_copy(const Table* table) noexcept nogil:
    """Another table with copies of all entries, which must be strings."""
    cdef Table* copy = table_new(table.seeds)
    table_walk(table, copy_visit, copy)
    return copy


cdef bint bytes_visit(void* context, Entry* entry) noexcept nogil:
    (<size_t*>context)[0] += entry_bytes(entry)
    return True


cdef size_t table_bytes(const Table* table) noexcept nogil:
    """What the table and its entries, which must be strings, take without the table's own struct."""
    cdef size_t total = table_overhead(table)
    table_walk(table, bytes_visit, &total)
    return total

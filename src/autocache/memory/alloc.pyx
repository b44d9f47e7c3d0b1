"""The only door to C memory: size-class slabs for small blocks, the C library for large ones.

Why an allocator of our own: a cache is millions of blocks of 40 to 200 bytes. A general allocator spends 8 to 16
bytes on each of them (a header or a coarse size class) and cannot tell exactly what is in use. Here a block carries
no header: its size is written once, in the header of the 32 KiB slab that it lies in and that its address leads to.
Classes are 8 bytes apart up to 256 bytes and 32 bytes apart up to 1 KiB, so that rounding costs 4 bytes on average.

Slabs come from one reserved range of addresses, which makes "is this one of ours" two comparisons. The range does not
ask for huge pages: they make a SET among five million keys a third cheaper, but the first touch of one stalls the
loop for milliseconds (docs/architecture.md has the figures). A slab that becomes empty keeps its pages until
`mem_trim_step` gives them back, a few at a time, but for a small reserve. Full table segments take a bare slab
(`mem_page_alloc`), so that a flushed table returns its memory too and does not lie scattered in the C heap.

The accounting is exact: `mem_used` is the sum of the usable sizes of all live blocks. One thread only (the loop's):
nothing here locks. Running out of memory ends the process with a message, as it does in redis-server, but for the
`try` forms, which sizes that a client chooses must use.

The sanitizer build sends each block to the C library, so that the sanitizer sees its bounds. It can also make the
`try` forms fail (`fail_after`), and the server then counts the live blocks at its end (app/server.py).
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport abort, free, malloc, realloc
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    #ifdef AUTOCACHE_DEBUG
    #define AUTOCACHE_PASS_THROUGH 1
    #else
    #define AUTOCACHE_PASS_THROUGH 0
    #endif
    #include <stdlib.h>
    #include <stdio.h>
    #include <malloc.h>
    #include <sys/mman.h>
    """
    const bint AUTOCACHE_PASS_THROUGH
    const int PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE, MADV_DONTNEED
    void* MAP_FAILED
    void* mmap(void* address, size_t length, int protection, int flags, int fd, long offset) noexcept nogil
    int mprotect(void* address, size_t length, int protection) noexcept nogil
    int madvise(void* address, size_t length, int advice) noexcept nogil
    size_t malloc_usable_size(void* block) noexcept nogil
    int posix_memalign(void** block, size_t alignment, size_t size) noexcept nogil
    int mallopt(int parameter, int value) noexcept nogil
    const int M_MMAP_THRESHOLD
    int fprintf(void* stream, const char* form, ...) noexcept nogil
    void* stderr

cdef enum:
    FINE_STEP = 8
    FINE_BYTES_MAX = 256
    FINE_CLASSES = 32                   # 8, 16, ... 256
    COARSE_STEP = 32
    COARSE_CLASSES = 24                 # 288, 320, ... 1024
    CLASSES = 56
    SLAB_HEADER_BYTES = 64
    GROW_BYTES = 4194304                # how much of the range is made usable at a time
    RESERVE_SLABS_MAX = 64              # empty slabs whose pages are kept

cdef struct Slab:
    Slab* next                          # neighbours in the class's list of slabs with room
    Slab* prev
    void* free                          # freed blocks, each holding the address of the next
    uint32_t used                       # live blocks
    uint32_t bump                       # offset of the first byte never handed out
    uint32_t size                       # bytes of a block
    uint32_t klass

cdef struct Arena:
    uintptr_t base
    uintptr_t top                       # first address not made usable yet
    uintptr_t next                      # first slab never handed out
    uintptr_t end
    uint32_t* empty                     # stack of empty slabs, as indices
    size_t empty_count
    size_t empty_capacity
    size_t warm                         # how many on top of that stack still hold their pages
    size_t used
    size_t peak
    uint64_t live
    int64_t fail_after                  # `try` calls that still succeed before all fail; -1: none is made to fail
    Slab* room[CLASSES]

cdef Arena arena
arena.fail_after = -1


cdef void out_of_memory(size_t size) noexcept nogil:
    fprintf(stderr, b"autocache: out of memory allocating %zu bytes\n", size)
    abort()


cdef bint reserve() noexcept nogil:
    """Reserve the range of addresses; a smaller one where the process's address space is limited."""
    cdef size_t length = <size_t>1 << 44
    cdef void* base = MAP_FAILED
    mallopt(M_MMAP_THRESHOLD, 262144)
    while base == MAP_FAILED and length >= (<size_t>1 << 26):
        base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        if base == MAP_FAILED:
            length >>= 1
    if base == MAP_FAILED:
        return False
    arena.base = (<uintptr_t>base + PAGE_BYTES - 1) & ~<uintptr_t>(PAGE_BYTES - 1)
    arena.top = arena.next = arena.base
    arena.end = (<uintptr_t>base + length) & ~<uintptr_t>(PAGE_BYTES - 1)
    return True


cdef inline bint is_ours(const void* block) noexcept nogil:
    return <uintptr_t>block - arena.base < arena.next - arena.base


cdef void* take_slab() noexcept nogil:
    cdef void* slab
    if arena.empty_count:
        arena.empty_count -= 1
        if arena.warm:
            arena.warm -= 1
        return <void*>(arena.base + <uintptr_t>arena.empty[arena.empty_count] * PAGE_BYTES)
    if arena.base == 0 and not reserve():
        return NULL
    if arena.next == arena.top:
        if arena.top + GROW_BYTES > arena.end:
            return NULL
        if mprotect(<void*>arena.top, GROW_BYTES, PROT_READ | PROT_WRITE) != 0:
            return NULL
        arena.top += GROW_BYTES
    slab = <void*>arena.next
    arena.next += PAGE_BYTES
    return slab


cdef void give_slab(void* slab) noexcept nogil:
    """Put an empty slab on the stack, with its pages, which `mem_trim_step` gives back later.

    Not here: when a large table is freed, nearly all slabs become empty in the same moment, at its end.
    """
    cdef size_t capacity
    cdef uint32_t* grown
    cdef uint32_t index = <uint32_t>((<uintptr_t>slab - arena.base) // PAGE_BYTES)
    if arena.empty_count == arena.empty_capacity:
        capacity = arena.empty_capacity * 2 if arena.empty_capacity else 1024
        grown = <uint32_t*>realloc(arena.empty, capacity * sizeof(uint32_t))
        if grown == NULL:
            out_of_memory(capacity * sizeof(uint32_t))
        arena.empty = grown
        arena.empty_capacity = capacity
    arena.empty[arena.empty_count] = index
    arena.empty_count += 1
    arena.warm += 1


cdef bint mem_trim_step(int slabs) noexcept nogil:
    """Give the pages of up to so many empty slabs back to the system; True if there are more than the reserve left."""
    cdef uint32_t index
    while slabs > 0 and arena.warm > RESERVE_SLABS_MAX:
        # The slabs with pages are the upper part of the stack: the lowest of them leaves it.
        index = arena.empty[arena.empty_count - arena.warm]
        madvise(<void*>(arena.base + <uintptr_t>index * PAGE_BYTES), PAGE_BYTES, MADV_DONTNEED)
        arena.warm -= 1
        slabs -= 1
    return arena.warm > RESERVE_SLABS_MAX


cdef inline uint32_t class_of(size_t size) noexcept nogil:
    if size <= FINE_BYTES_MAX:
        return <uint32_t>((size + FINE_STEP - 1) // FINE_STEP) - (size != 0)
    return FINE_CLASSES + <uint32_t>((size - FINE_BYTES_MAX + COARSE_STEP - 1) // COARSE_STEP) - 1


cdef inline size_t class_bytes(uint32_t klass) noexcept nogil:
    if klass < FINE_CLASSES:
        return (<size_t>klass + 1) * FINE_STEP
    return FINE_BYTES_MAX + (<size_t>klass - FINE_CLASSES + 1) * COARSE_STEP


cdef inline void link_slab(Slab* slab) noexcept nogil:
    slab.prev = NULL
    slab.next = arena.room[slab.klass]
    if slab.next != NULL:
        slab.next.prev = slab
    arena.room[slab.klass] = slab


cdef inline void unlink_slab(Slab* slab) noexcept nogil:
    if slab.prev != NULL:
        slab.prev.next = slab.next
    else:
        arena.room[slab.klass] = slab.next
    if slab.next != NULL:
        slab.next.prev = slab.prev


cdef inline bint slab_is_full(const Slab* slab) noexcept nogil:
    return slab.free == NULL and slab.bump + slab.size > PAGE_BYTES


cdef Slab* new_slab(uint32_t klass) noexcept nogil:
    cdef Slab* slab = <Slab*>take_slab()
    if slab == NULL:
        return NULL
    slab.free = NULL
    slab.used = 0
    slab.bump = SLAB_HEADER_BYTES
    slab.size = <uint32_t>class_bytes(klass)
    slab.klass = klass
    link_slab(slab)
    return slab


cdef inline void count(size_t size) noexcept nogil:
    arena.live += 1
    arena.used += size
    if arena.used > arena.peak:
        arena.peak = arena.used


cdef void* small_alloc(size_t size) noexcept nogil:
    cdef uint32_t klass = class_of(size)
    cdef Slab* slab = arena.room[klass]
    cdef void* block
    if slab == NULL:
        slab = new_slab(klass)
        if slab == NULL:
            return NULL
    block = slab.free
    if block != NULL:
        slab.free = (<void**>block)[0]
    else:
        block = <uint8_t*>slab + slab.bump
        slab.bump += slab.size
    slab.used += 1
    if slab_is_full(slab):
        unlink_slab(slab)
    count(slab.size)
    return block


cdef void small_free(void* block) noexcept nogil:
    cdef Slab* slab = <Slab*>(<uintptr_t>block & ~<uintptr_t>(PAGE_BYTES - 1))
    cdef bint was_full = slab_is_full(slab)
    (<void**>block)[0] = slab.free
    slab.free = block
    slab.used -= 1
    arena.live -= 1
    arena.used -= slab.size
    if was_full:
        link_slab(slab)
    elif slab.used == 0 and (slab.next != NULL or slab.prev != NULL):
        # The last slab of a class stays, so that one block that comes and goes costs no system call.
        unlink_slab(slab)
        give_slab(slab)


cdef bint is_made_to_fail() noexcept nogil:
    """Whether this `try` call is one that `fail_after` chose."""
    if arena.fail_after < 0:
        return False
    if arena.fail_after > 0:
        arena.fail_after -= 1
        return False
    return True


cdef void* allocate(size_t size) noexcept nogil:
    cdef void* block
    if size <= SMALL_BYTES_MAX and not AUTOCACHE_PASS_THROUGH:
        return small_alloc(size)
    block = malloc(size)
    if block != NULL:
        count(malloc_usable_size(block))
    return block


cdef void* mem_try_alloc(size_t size) noexcept nogil:
    """Return `size` usable bytes aligned to 8, or NULL when there is no memory."""
    if AUTOCACHE_PASS_THROUGH and is_made_to_fail():
        return NULL
    return allocate(size)


cdef void* mem_alloc(size_t size) noexcept nogil:
    """Return `size` usable bytes aligned to 8; ends the process when there is no memory."""
    cdef void* block = allocate(size)
    if block == NULL:
        out_of_memory(size)
    return block


cdef void* mem_zalloc(size_t size) noexcept nogil:
    """`mem_alloc`, the bytes zero."""
    cdef void* block = mem_alloc(size)
    memset(block, 0, size)
    return block


cdef void mem_free(void* block) noexcept nogil:
    """Free a block of `mem_alloc` and its kin; NULL is allowed."""
    if block == NULL:
        return
    if is_ours(block):
        small_free(block)
        return
    arena.live -= 1
    arena.used -= malloc_usable_size(block)
    free(block)


cdef size_t mem_size(const void* block) noexcept nogil:
    """The usable bytes of a live block: at least what was asked for."""
    if is_ours(block):
        return (<Slab*>(<uintptr_t>block & ~<uintptr_t>(PAGE_BYTES - 1))).size
    return malloc_usable_size(<void*>block)


cdef size_t mem_good_size(size_t size) noexcept nogil:
    """What a request of `size` bytes really takes: two small sizes with the same answer can share a block."""
    if size <= SMALL_BYTES_MAX and not AUTOCACHE_PASS_THROUGH:
        return class_bytes(class_of(size))
    return size


cdef void* reallocate(void* block, size_t size) noexcept nogil:
    cdef size_t old
    cdef void* moved
    if block == NULL:
        return allocate(size)
    old = mem_size(block)
    if not is_ours(block) and (size > SMALL_BYTES_MAX or AUTOCACHE_PASS_THROUGH):
        moved = realloc(block, size)
        if moved != NULL:
            arena.used += malloc_usable_size(moved) - old
            if arena.used > arena.peak:
                arena.peak = arena.used
        return moved
    if is_ours(block) and size <= SMALL_BYTES_MAX and class_bytes(class_of(size)) == old:
        return block
    moved = allocate(size)
    if moved != NULL:
        memcpy(moved, block, old if old < size else size)
        mem_free(block)
    return moved


cdef void* mem_try_realloc(void* block, size_t size) noexcept nogil:
    """Resize a block, moving it if need be; on NULL the old block is untouched."""
    if AUTOCACHE_PASS_THROUGH and is_made_to_fail():
        return NULL
    return reallocate(block, size)


cdef void* mem_realloc(void* block, size_t size) noexcept nogil:
    """`mem_try_realloc` that ends the process when there is no memory."""
    cdef void* moved = reallocate(block, size)
    if moved == NULL:
        out_of_memory(size)
    return moved


cdef void* mem_page_alloc() noexcept nogil:
    """Return PAGE_BYTES of zeros, aligned to their size."""
    cdef void* page = NULL
    if AUTOCACHE_PASS_THROUGH:
        if posix_memalign(&page, PAGE_BYTES, PAGE_BYTES) != 0:
            page = NULL
    else:
        page = take_slab()
    if page == NULL:
        out_of_memory(PAGE_BYTES)
    memset(page, 0, PAGE_BYTES)
    count(PAGE_BYTES)
    return page


cdef void mem_page_free(void* page) noexcept nogil:
    """Free a page of `mem_page_alloc`."""
    arena.live -= 1
    arena.used -= PAGE_BYTES
    if AUTOCACHE_PASS_THROUGH:
        free(page)
    else:
        give_slab(page)


cdef size_t mem_used() noexcept nogil:
    """The usable bytes of all live blocks."""
    return arena.used


cdef size_t mem_peak() noexcept nogil:
    """The highest value `mem_used` has had since `mem_reset_peak`."""
    return arena.peak


cdef void mem_reset_peak() noexcept nogil:
    arena.peak = arena.used


cdef uint64_t mem_live_blocks() noexcept nogil:
    """How many blocks and pages are live: zero when everything was freed."""
    return arena.live


def usage() -> dict:
    """The allocator's figures for INFO and the leak checks of the tests: bytes, and counts of blocks and slabs."""
    cdef size_t slabs = (arena.next - arena.base) // PAGE_BYTES - arena.empty_count
    return {
        "used_bytes": arena.used,
        "peak_bytes": arena.peak,
        "live_blocks": arena.live,
        "slab_bytes": slabs * PAGE_BYTES,
        "reserve_bytes": arena.warm * PAGE_BYTES,
    }


def is_debug() -> bool:
    """Whether this is a sanitizer build: blocks are the C library's, `fail_after` works, leaks are looked for."""
    return AUTOCACHE_PASS_THROUGH


def fail_after(calls: int) -> None:
    """Fault injection: let so many of the `try` calls succeed and all later ones fail; -1 ends it.

    RuntimeError on a release build, which does not look.
    """
    if not AUTOCACHE_PASS_THROUGH:
        raise RuntimeError("allocations fail on demand in sanitizer builds only")
    arena.fail_after = calls


class Script:
    """Test face: blocks by name, and the exact sizes that the accounting must add up to."""

    def __init__(self) -> None:
        self.blocks = {}
        self.pages = set()

    def alloc(self, name: object, size: int) -> int:
        """Allocate and fill a block; its usable size."""
        cdef void* block = mem_alloc(size)
        memset(block, hash(name) & 0xFF, size)
        self.blocks[name] = (<uintptr_t>block, size)
        return mem_size(block)

    def resize(self, name: object, size: int) -> int:
        """Resize a block, check that its start is what it was, and fill it; its usable size."""
        cdef uintptr_t address = self.blocks[name][0]
        cdef size_t old = self.blocks[name][1]
        cdef uint8_t* block = <uint8_t*>mem_realloc(<void*>address, size)
        cdef uint8_t wanted = hash(name) & 0xFF
        cdef size_t i
        for i in range(min(old, <size_t>size)):
            if block[i] != wanted:
                raise AssertionError(f"resizing {name!r} from {old} to {size} changed byte {i}")
        memset(block, wanted, size)
        self.blocks[name] = (<uintptr_t>block, size)
        return mem_size(block)

    def free(self, name: object) -> int:
        """Check that nobody else wrote into a block, and free it; what its usable size was."""
        cdef uintptr_t address = self.blocks[name][0]
        cdef size_t size = self.blocks[name][1]
        cdef uint8_t wanted = hash(name) & 0xFF
        cdef size_t i, usable
        for i in range(size):
            if (<uint8_t*>address)[i] != wanted:
                raise AssertionError(f"byte {i} of {name!r} was overwritten")
        del self.blocks[name]
        usable = mem_size(<void*>address)
        mem_free(<void*>address)
        return usable

    def page(self) -> int:
        """Allocate a page, check that it is aligned and zero, and fill it; its address."""
        cdef uint8_t* page = <uint8_t*>mem_page_alloc()
        cdef size_t i
        if <uintptr_t>page % PAGE_BYTES:
            raise AssertionError("a page is not aligned to its size")
        for i in range(PAGE_BYTES):
            if page[i]:
                raise AssertionError("a page is not zero")
        memset(page, 0xA5, PAGE_BYTES)
        self.pages.add(<uintptr_t>page)
        return <uintptr_t>page

    def free_page(self, address: int) -> None:
        """Free a page of `page`."""
        self.pages.remove(address)
        mem_page_free(<void*><uintptr_t>address)


def good_size(size: int) -> int:
    """What a request of `size` bytes takes (`mem_good_size`)."""
    return mem_good_size(size)


def trim() -> None:
    """Give all pages that are not needed back, as the server does bit by bit."""
    while mem_trim_step(1024):
        pass


def probe(sizes: list) -> None:
    """Test face: allocate a block of each size, fill them, resize, and free them in another order."""
    cdef list blocks = []
    cdef size_t size
    cdef void* block
    for size in sizes:
        block = mem_alloc(size)
        memset(block, 0xA5, size)
        if mem_size(block) < size:
            raise AssertionError(f"block of {size} bytes holds {mem_size(block)}")
        block = mem_realloc(block, size + size // 2 + 1)
        if size and (<uint8_t*>block)[size - 1] != 0xA5:
            raise AssertionError(f"resizing a block of {size} bytes lost its end")
        blocks.append(<uintptr_t>block)
    for address in blocks[::2] + blocks[1::2]:
        mem_free(<void*><uintptr_t>address)

"""A long string, shared between the keyspace, requests and replies that are still being written.

A value too long to stand in its key's entry is one Blob. Its owners count: the entry is one, a request that received
it another, and each reply that has yet to reach its client another. So a value of 100 MB is read from the socket
straight into the block that the keyspace then keeps, and is written from there, and is never copied. Whoever changes
a value must be its only owner or work on a copy.
"""

from libc.string cimport memcpy

from autocache.memory.alloc cimport mem_alloc, mem_free, mem_realloc, mem_size, mem_try_alloc, mem_try_realloc

cdef enum:
    SPARE_BYTES_MAX = 1048576           # growth reserves as much again, but never more than this


cdef Blob* blob_try_new(size_t length) noexcept nogil:
    """A blob of `length` bytes, not filled, with one owner; NULL when there is no memory for it."""
    cdef Blob* blob = <Blob*>mem_try_alloc(sizeof(Blob) + length)
    if blob != NULL:
        blob.len = length
        blob.refs = 1
    return blob


cdef Blob* blob_from(const char* data, size_t length) noexcept nogil:
    """A blob that holds a copy of `data`, which may be NULL if there is none."""
    cdef Blob* blob = <Blob*>mem_alloc(sizeof(Blob) + length)
    blob.len = length
    blob.refs = 1
    if length:
        memcpy(blob_data(blob), data, length)
    return blob


cdef Blob* blob_try_resize(Blob* blob, size_t length) noexcept nogil:
    """Return a blob of `length` bytes with the same start that belongs to the caller alone.

    Takes the caller's share of `blob`. Growing reserves spare room, so that appending is linear. On NULL (no memory)
    nothing has changed.
    """
    cdef Blob* resized
    cdef size_t spare, kept
    if blob.refs > 1:
        resized = blob_try_new(length)
        if resized != NULL:
            kept = blob.len if blob.len < length else length
            memcpy(blob_data(resized), blob_data(blob), kept)
            blob.refs -= 1
        return resized
    if sizeof(Blob) + length > mem_size(blob):
        spare = length if length < SPARE_BYTES_MAX else SPARE_BYTES_MAX
        resized = <Blob*>mem_try_realloc(blob, sizeof(Blob) + length + spare)
        if resized == NULL:
            resized = <Blob*>mem_try_realloc(blob, sizeof(Blob) + length)
        if resized == NULL:
            return NULL
        blob = resized
    blob.len = length
    return blob


cdef Blob* blob_resize(Blob* blob, size_t length) noexcept nogil:
    """`blob_try_resize` for short lists of our own; ends the process when there is no memory."""
    cdef Blob* copy
    if blob.refs > 1:
        copy = <Blob*>mem_alloc(sizeof(Blob) + length)
        memcpy(blob_data(copy), blob_data(blob), blob.len if blob.len < length else length)
        copy.refs = 1
        blob.refs -= 1
        blob = copy
    elif sizeof(Blob) + length > mem_size(blob):
        blob = <Blob*>mem_realloc(blob, sizeof(Blob) + 2 * length)
    blob.len = length
    return blob


cdef void blob_release(Blob* blob) noexcept nogil:
    """Give up one share; the last one frees the bytes."""
    if blob.refs > 1:
        blob.refs -= 1
    else:
        mem_free(blob)

# A long string, shared between the keyspace, requests and replies that are still being written.
from libc.stdint cimport uint32_t

cdef struct Blob:
    size_t len
    uint32_t refs                       # owners; the last one frees

cdef inline char* blob_data(Blob* blob) noexcept nogil:
    return <char*>blob + sizeof(Blob)

cdef Blob* blob_try_new(size_t length) noexcept nogil
cdef Blob* blob_from(const char* data, size_t length) noexcept nogil
cdef Blob* blob_try_resize(Blob* blob, size_t length) noexcept nogil
cdef Blob* blob_resize(Blob* blob, size_t length) noexcept nogil
cdef void blob_release(Blob* blob) noexcept nogil

cdef inline Blob* blob_share(Blob* blob) noexcept nogil:
    blob.refs += 1
    return blob

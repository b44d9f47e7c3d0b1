# The small encodings of older versions of Redis, as listpacks. They are read and never written.
from autocache.base.bytes cimport View

cdef char* listpack_from_ziplist(View ziplist) noexcept nogil
cdef char* listpack_from_zipmap(View zipmap) noexcept nogil

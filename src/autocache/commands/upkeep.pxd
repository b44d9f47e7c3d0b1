# What a cache does between requests.
from libc.stdint cimport int64_t

from autocache.commands.context cimport Engine

cdef bint engine_tick(Engine* engine, int64_t budget_us) noexcept nogil

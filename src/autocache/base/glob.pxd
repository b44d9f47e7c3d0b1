# Glob patterns, as KEYS and SCAN define them.
cdef bint glob_match(const char* pattern, size_t pattern_len, const char* text, size_t text_len,
                     bint nocase) noexcept nogil

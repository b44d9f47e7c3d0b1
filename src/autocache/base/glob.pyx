"""Glob patterns as KEYS and SCAN define them: `*`, `?`, `[a-z]`, `[^a]` and `\\` before a special character.

The matcher never recurses more than once per star that it has to retry: after a star fails at the end of the text,
no earlier star can succeed either, so the search stops. This keeps hostile patterns (`a*a*a*a*b`) from costing
exponential time.
"""

cdef inline unsigned char fold(char c, bint nocase) noexcept nogil:
    if nocase and c >= b'A' and c <= b'Z':
        return <unsigned char>(c + 32)
    return <unsigned char>c


cdef bint match_class(const char** pattern, const char* pattern_end, char c, bint nocase) noexcept nogil:
    """Match one character against the class that starts after `[`; leaves `pattern` on the closing bracket."""
    cdef const char* p = pattern[0]
    cdef bint negate = p < pattern_end and p[0] == b'^'
    cdef bint found = False
    cdef unsigned char low, high, swap, wanted = fold(c, nocase)
    if negate:
        p += 1
    while True:
        if p >= pattern_end:
            p -= 1                      # an unclosed class ends with the pattern
            break
        if p[0] == b'\\' and pattern_end - p >= 2:
            p += 1
            if p[0] == c:
                found = True
        elif p[0] == b']':
            break
        elif pattern_end - p >= 3 and p[1] == b'-':
            low = fold(p[0], nocase)
            high = fold(p[2], nocase)
            if (<unsigned char>p[0]) > (<unsigned char>p[2]):
                swap = low
                low = high
                high = swap
            p += 2
            if low <= wanted <= high:
                found = True
        elif fold(p[0], nocase) == wanted:
            found = True
        p += 1
    pattern[0] = p
    return found != negate


cdef bint match(const char* p, const char* p_end, const char* t, const char* t_end, bint nocase,
                bint* hopeless) noexcept nogil:
    while p < p_end and t < t_end:
        if p[0] == b'*':
            while p + 1 < p_end and p[1] == b'*':
                p += 1
            if p + 1 == p_end:
                return True
            while t < t_end:
                if match(p + 1, p_end, t, t_end, nocase, hopeless):
                    return True
                if hopeless[0]:
                    return False
                t += 1
            hopeless[0] = True
            return False
        if p[0] == b'?':
            t += 1
        elif p[0] == b'[':
            p += 1
            if not match_class(&p, p_end, t[0], nocase):
                return False
            t += 1
        else:
            if p[0] == b'\\' and p_end - p >= 2:
                p += 1
            if fold(p[0], nocase) != fold(t[0], nocase):
                return False
            t += 1
        p += 1
    if t == t_end:
        while p < p_end and p[0] == b'*':
            p += 1
    return p >= p_end and t == t_end


cdef bint glob_match(const char* pattern, size_t pattern_len, const char* text, size_t text_len,
                     bint nocase) noexcept nogil:
    """Whether the whole of `text` matches `pattern`; `nocase` folds ASCII letters."""
    cdef bint hopeless = False
    if text_len == 0:
        # As in redis-server, where even "**" does not match it; callers know "*" as the pattern for all.
        return pattern_len == 0
    return match(pattern, pattern + pattern_len, text, text + text_len, nocase, &hopeless)


def matches(pattern: bytes, text: bytes, nocase: bool = False) -> bool:
    """Python's face of `glob_match`."""
    return glob_match(pattern, len(pattern), text, len(text), nocase)

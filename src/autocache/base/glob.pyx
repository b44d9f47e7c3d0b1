"""Glob patterns as KEYS and SCAN define them: `*`, `?`, `[a-z]`, `[^a]` and `\\` before a special character.

Every element but a star stands for one character, so only the newest star ever has to be tried again with more text:
an earlier one could win nothing by taking more. Hence no recursion, whose depth a client could choose, and no more
steps than the lengths of pattern and text multiplied, however hostile the pattern (`a*a*a*a*b`).

What lies behind more than `STARS_MAX` stars is not reached: redis-server 7.0 limits its recursion there since it was
found to be open to attack, and so such a pattern matches nothing, there as here.
"""

cdef enum:
    STARS_MAX = 1000


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


cdef bint match_one(const char** pattern, const char* pattern_end, char c, bint nocase) noexcept nogil:
    """Match one character against the element at `pattern`, which is no star, and pass over the element."""
    cdef const char* p = pattern[0]
    cdef bint matched
    if p[0] == b'?':
        matched = True
    elif p[0] == b'[':
        p += 1
        matched = match_class(&p, pattern_end, c, nocase)
    else:
        if p[0] == b'\\' and pattern_end - p >= 2:
            p += 1
        matched = fold(p[0], nocase) == fold(c, nocase)
    pattern[0] = p + 1
    return matched


cdef bint glob_match(const char* pattern, size_t pattern_len, const char* text, size_t text_len,
                     bint nocase) noexcept nogil:
    """Whether the whole of `text` matches `pattern`; `nocase` folds ASCII letters."""
    cdef const char* p = pattern
    cdef const char* p_end = pattern + pattern_len
    cdef const char* t = text
    cdef const char* t_end = text + text_len
    cdef const char* star = NULL        # behind the newest star
    cdef const char* star_text = NULL   # where the text that it stands for ends so far
    cdef int stars = 0
    if text_len == 0:
        # As in redis-server, where even "**" does not match it; callers know "*" as the pattern for all.
        return pattern_len == 0
    while t < t_end:
        if p < p_end and p[0] == b'*':
            while p < p_end and p[0] == b'*':
                p += 1
            if p == p_end:
                return True
            stars += 1
            if stars > STARS_MAX:
                return False
            star = p
            star_text = t
        elif p < p_end and match_one(&p, p_end, t[0], nocase):
            t += 1
        elif star != NULL:
            star_text += 1
            t = star_text
            p = star
        else:
            return False
    while p < p_end and p[0] == b'*':
        p += 1
    return p == p_end


def matches(pattern: bytes, text: bytes, nocase: bool = False) -> bool:
    """Python's face of `glob_match`."""
    return glob_match(pattern, len(pattern), text, len(text), nocase)

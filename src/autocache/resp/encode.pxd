# Replies from Python values.
from autocache.resp.out cimport Out

cdef int out_value(Out* out, object value) except -1

# The geo commands on single members: reached through the command table. What the searches share with them is here.
from autocache.commands.context cimport Request
from autocache.resp.out cimport Out
from autocache.types.geohash cimport Point

cdef bint place_arg(Request* request, int position, Point* point) noexcept nogil
cdef bint unit_arg(Request* request, int position, double* unit_m) noexcept nogil
cdef void out_place(Out* out, Point point) noexcept nogil
cdef void out_distance(Out* out, double distance) noexcept nogil

# The settings of an engine, by their names in redis.conf.
from autocache.commands.context cimport Engine

cdef int apply_setting(Engine* engine, str name, object value) except -1
cdef object setting_value(Engine* engine, str name)

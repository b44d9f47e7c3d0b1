# Keyspace notifications: changes of keys as messages of channels.
from autocache.base.bytes cimport View

cdef int event_classes_of(object letters) except -1
cdef object event_letters_of(int classes)
cdef void publish_event(void* context, int event_class, const char* event, int db, View key) noexcept nogil

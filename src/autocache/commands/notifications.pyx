"""Keyspace notifications: changes of keys as messages of channels (`notify-keyspace-events`).

Commands name what they did where they do it, with `changed` and `announce` (keyspace/db.pxd); those test whether
anybody asked for that class of events, so that without notifications nothing is called. What is asked for is
published at once, in the middle of the command, to two channels at most: `__keyspace@N__:KEY` is told the event, then
`__keyevent@N__:EVENT` the key. Nothing is built for nobody: without any subscriber this returns at once.
"""

from libc.string cimport memcpy, strlen

from autocache.base.bytes cimport View
from autocache.base.numbers cimport INT_TEXT_BYTES_MAX, format_int64
from autocache.commands.context cimport SUB_CHANNEL, SUB_PATTERN, Engine
from autocache.commands.subscriptions cimport publish
from autocache.keyspace.db cimport (
    EVENT_CLASS_EVICTED,
    EVENT_CLASS_EXPIRED,
    EVENT_CLASS_GENERIC,
    EVENT_CLASS_HASH,
    EVENT_CLASS_KEYEVENT,
    EVENT_CLASS_KEYMISS,
    EVENT_CLASS_KEYSPACE,
    EVENT_CLASS_LIST,
    EVENT_CLASS_MODULE,
    EVENT_CLASS_NEW,
    EVENT_CLASS_SET,
    EVENT_CLASS_STREAM,
    EVENT_CLASS_STRING,
    EVENT_CLASS_ZSET,
)
from autocache.memory.alloc cimport mem_alloc, mem_free

cdef enum:
    PREFIX_BYTES = 11                   # of both prefixes
    CHANNEL_BYTES_ON_STACK = 256

LETTERS = {
    "K": EVENT_CLASS_KEYSPACE, "E": EVENT_CLASS_KEYEVENT, "g": EVENT_CLASS_GENERIC, "$": EVENT_CLASS_STRING,
    "l": EVENT_CLASS_LIST, "s": EVENT_CLASS_SET, "h": EVENT_CLASS_HASH, "z": EVENT_CLASS_ZSET,
    "x": EVENT_CLASS_EXPIRED, "e": EVENT_CLASS_EVICTED, "t": EVENT_CLASS_STREAM, "d": EVENT_CLASS_MODULE,
    "n": EVENT_CLASS_NEW, "m": EVENT_CLASS_KEYMISS,
}


cdef int event_classes_of(object letters) except -1:
    """The EVENT_CLASS_ bits of letters of `notify-keyspace-events`, of which `A` is not one. Raises KeyError."""
    cdef int classes = 0
    for letter in letters:
        classes |= LETTERS[letter]
    return classes


cdef object event_letters_of(int classes):
    """The letters of EVENT_CLASS_ bits."""
    return "".join([letter for letter, bit in LETTERS.items() if classes & bit])


cdef void publish_to(Engine* engine, const char* prefix, int db, View name, View message) noexcept nogil:
    """Publish to the channel of a prefix, a database and a name."""
    cdef char on_stack[CHANNEL_BYTES_ON_STACK]
    cdef char* text = on_stack
    cdef View channel
    cdef size_t at = PREFIX_BYTES
    if PREFIX_BYTES + INT_TEXT_BYTES_MAX + 3 + name.len > CHANNEL_BYTES_ON_STACK:
        text = <char*>mem_alloc(PREFIX_BYTES + INT_TEXT_BYTES_MAX + 3 + name.len)
    memcpy(text, prefix, PREFIX_BYTES)
    at += format_int64(text + at, db)
    memcpy(text + at, b"__:", 3)
    at += 3
    memcpy(text + at, name.ptr, name.len)
    channel.ptr = text
    channel.len = at + name.len
    publish(engine, SUB_CHANNEL, channel, message, NULL)
    if text != on_stack:
        mem_free(text)


cdef void publish_event(void* context, int event_class, const char* event, int db, View key) noexcept nogil:
    """The keyspace's `Publish`: an event of a class that is asked for."""
    cdef Engine* engine = <Engine*>context
    cdef View name
    if engine.pubsub.tables[SUB_CHANNEL].count == 0 and engine.pubsub.tables[SUB_PATTERN].count == 0:
        return
    name.ptr = event
    name.len = strlen(event)
    if engine.ks.event_classes & EVENT_CLASS_KEYSPACE:
        publish_to(engine, b"__keyspace@", db, key, name)
    if engine.ks.event_classes & EVENT_CLASS_KEYEVENT:
        publish_to(engine, b"__keyevent@", db, name, key)

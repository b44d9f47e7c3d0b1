"""The pub/sub commands: (P|S)SUBSCRIBE, (P|S)UNSUBSCRIBE, PUBLISH, SPUBLISH and PUBSUB.

Subscriptions and messages themselves are in subscriptions.pyx. What SUBSCRIBE and its kin answer are messages, one
for each name, which come even if the client has turned its replies off. Without a cluster all channels are in one
shard; a shard channel is then a channel with a name space of its own that no pattern sees.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport strlen

from autocache.base.bytes cimport View
from autocache.base.glob cimport glob_match
from autocache.commands.args cimport key_at
from autocache.commands.context cimport S_IN_EXEC, SUB_CHANNEL, SUB_PATTERN, SUB_SHARD, Request, Session
from autocache.commands.subscriptions cimport (
    publish,
    subscribe,
    subscriber_count,
    subscription_at,
    subscription_count,
    told_at,
    unsubscribe,
    unsubscribe_all,
)
from autocache.types.entry cimport Entry, entry_key
from autocache.types.table cimport table_walk
from autocache.resp.out cimport (
    Out,
    out_array,
    out_bulk,
    out_defer,
    out_defer_end,
    out_error,
    out_error_form,
    out_int,
    out_null,
    out_push,
    out_view,
)

from autocache.commands.declare import container, declare
from autocache.commands.plain import declare_help

cdef const char** SUBSCRIBED = [b"subscribe", b"psubscribe", b"ssubscribe"]
cdef const char** UNSUBSCRIBED = [b"unsubscribe", b"punsubscribe", b"sunsubscribe"]


cdef uint64_t shown_count(const Session* session, int kind) noexcept nogil:
    """How many subscriptions an answer tells of: channels and patterns are counted together."""
    if kind == SUB_SHARD:
        return subscription_count(session, kind)
    return subscription_count(session, SUB_CHANNEL) + subscription_count(session, SUB_PATTERN)


cdef void tell(Request* request, const char* word, const View* name, uint64_t count) noexcept nogil:
    """Say what became of a subscription; `name` is NULL where there was none to end."""
    cdef Out* out = told_at(request.engine, request.session)
    if out == NULL:
        return
    out_push(out, 3)
    out_bulk(out, word, strlen(word))
    if name == NULL:
        out_null(out)
    else:
        out_view(out, name[0])
    out_int(out, <int64_t>count)


cdef void subscribe_to_all(Request* request, int kind) noexcept nogil:
    cdef View name
    cdef int i
    for i in range(1, request.argc):
        name = key_at(request, i)
        subscribe(request.engine, request.session, kind, name)
        tell(request, SUBSCRIBED[kind], &name, shown_count(request.session, kind))


cdef void unsubscribe_from(Request* request, int kind) noexcept nogil:
    """End the named subscriptions, or all of the kind if none is named."""
    cdef Session* session = request.session
    cdef uint64_t own = subscription_count(session, kind)
    cdef uint64_t left = shown_count(session, kind)
    cdef uint64_t n
    cdef View name
    cdef int i
    for i in range(1, request.argc):
        name = key_at(request, i)
        unsubscribe(request.engine, session, kind, name)
        tell(request, UNSUBSCRIBED[kind], &name, shown_count(session, kind))
    if request.argc > 1:
        return
    if own == 0:
        tell(request, UNSUBSCRIBED[kind], NULL, left)
        return
    for n in range(own):
        name = entry_key(subscription_at(session, kind, n))
        tell(request, UNSUBSCRIBED[kind], &name, left - n - 1)
    unsubscribe_all(request.engine, session, kind)


# --- subscribing


declare(
    <size_t>subscribe_command, "SUBSCRIBE channel [channel ...]", arity=-2, group="pubsub",
    flags="pubsub noscript loading stale", since="2.0.0", internal=("while_subscribed",),
    complexity="O(N) where N is the number of channels to subscribe to.",
    about="Subscribes to channels: the connection is sent what is published to them.",
)
cdef void subscribe_command(Request* request) noexcept nogil:
    subscribe_to_all(request, SUB_CHANNEL)


declare(
    <size_t>unsubscribe_command, "UNSUBSCRIBE [channel ...]", arity=-1, group="pubsub",
    flags="pubsub noscript loading stale", since="2.0.0", internal=("while_subscribed",),
    complexity="O(N) where N is the number of clients already subscribed to a channel.",
    about="Ends subscriptions to channels; without arguments, to all of them.",
)
cdef void unsubscribe_command(Request* request) noexcept nogil:
    unsubscribe_from(request, SUB_CHANNEL)


declare(
    <size_t>psubscribe_command, "PSUBSCRIBE <pattern> [<pattern> ...]", arity=-2, group="pubsub",
    flags="pubsub noscript loading stale", since="2.0.0", internal=("while_subscribed",),
    complexity="O(N) where N is the number of patterns the client is already subscribed to.",
    about="Subscribes to all channels whose names match patterns.",
)
cdef void psubscribe_command(Request* request) noexcept nogil:
    subscribe_to_all(request, SUB_PATTERN)


declare(
    <size_t>punsubscribe_command, "PUNSUBSCRIBE [pattern ...]", arity=-1, group="pubsub",
    flags="pubsub noscript loading stale", since="2.0.0", internal=("while_subscribed",),
    complexity="O(N+M) where N is the number of patterns the client is already subscribed and M is the number of"
    " total patterns subscribed in the system (by any client).",
    about="Ends subscriptions to patterns; without arguments, to all of them.",
)
cdef void punsubscribe_command(Request* request) noexcept nogil:
    unsubscribe_from(request, SUB_PATTERN)


declare(
    <size_t>ssubscribe_command, "SSUBSCRIBE shardchannel [shardchannel ...]", arity=-2, group="pubsub",
    flags="pubsub noscript loading stale", keys="not_key@1..-1", since="7.0.0", internal=("while_subscribed",),
    complexity="O(N) where N is the number of shard channels to subscribe to.",
    about="Subscribes to channels whose messages stay within a shard of the cluster.",
)
cdef void ssubscribe_command(Request* request) noexcept nogil:
    if request.session.flags & S_IN_EXEC:
        # In redis-server 7.0 a transaction may do this to channels and patterns, but not to shard channels.
        out_error(request.out, b"ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
        return
    subscribe_to_all(request, SUB_SHARD)


declare(
    <size_t>sunsubscribe_command, "SUNSUBSCRIBE [shardchannel ...]", arity=-1, group="pubsub",
    flags="pubsub noscript loading stale", keys="not_key@1..-1", since="7.0.0", internal=("while_subscribed",),
    complexity="O(N) where N is the number of clients already subscribed to a shard channel.",
    about="Ends subscriptions to shard channels; without arguments, to all of them.",
)
cdef void sunsubscribe_command(Request* request) noexcept nogil:
    unsubscribe_from(request, SUB_SHARD)


# --- publishing


cdef void publish_to(Request* request, int kind) noexcept nogil:
    out_int(request.out, publish(request.engine, kind, key_at(request, 1), key_at(request, 2), request.argv[2].blob))


declare(
    <size_t>publish_command, "PUBLISH channel message", arity=3, group="pubsub", flags="pubsub loading stale fast",
    since="2.0.0", internal=("replicates",),
    complexity="O(N+M) where N is the number of clients subscribed to the receiving channel and M is"
    " the total number of subscribed patterns (by any client).",
    about="Sends a message to a channel, and answers how many subscriptions it went to.",
)
cdef void publish_command(Request* request) noexcept nogil:
    publish_to(request, SUB_CHANNEL)


declare(
    <size_t>spublish_command, "SPUBLISH shardchannel message", arity=3, group="pubsub",
    flags="pubsub loading stale fast", keys="not_key@1", since="7.0.0",
    internal=("replicates",),
    complexity="O(N) where N is the number of clients subscribed to the receiving shard channel.",
    about="Sends a message to a shard channel, and answers how many subscribers it went to.",
)
cdef void spublish_command(Request* request) noexcept nogil:
    publish_to(request, SUB_SHARD)


# --- PUBSUB


cdef struct Matches:                    # names that a walk through a table collects
    Out* out
    const View* pattern                 # or NULL: all
    int64_t count


cdef bint add_match(void* context, Entry* entry) noexcept nogil:
    cdef Matches* matches = <Matches*>context
    cdef View name = entry_key(entry)
    cdef const View* pattern = matches.pattern
    if pattern == NULL or glob_match(pattern.ptr, pattern.len, name.ptr, name.len, False):
        out_view(matches.out, name)
        matches.count += 1
    return True


cdef void list_channels(Request* request, int kind) noexcept nogil:
    """The names that have subscribers, or those that match a pattern."""
    cdef Matches matches
    cdef View pattern
    cdef size_t at
    if request.argc > 3:
        out_error_form(
            request.out, b"ERR unknown subcommand or wrong number of arguments for '%'. Try PUBSUB HELP.",
            request.argv[1].ptr, request.argv[1].len)
        return
    matches.out = request.out
    matches.count = 0
    matches.pattern = NULL
    if request.argc == 3:
        pattern = key_at(request, 2)
        matches.pattern = &pattern
    at = out_defer(request.out)
    table_walk(&request.engine.pubsub.tables[kind], add_match, &matches)
    out_defer_end(request.out, at, c'*', matches.count)


cdef void count_subscribers(Request* request, int kind) noexcept nogil:
    cdef int i
    out_array(request.out, (request.argc - 2) * 2)
    for i in range(2, request.argc):
        out_view(request.out, key_at(request, i))
        out_int(request.out, <int64_t>subscriber_count(request.engine, kind, key_at(request, i)))


container(
    "PUBSUB", group="pubsub", since="2.8.0", categories="-pubsub",
    about="Shows what channels there are and who is subscribed.",
)

declare(
    <size_t>pubsub_channels_command, "PUBSUB CHANNELS [pattern]", parent="pubsub", arity=-2, group="pubsub",
    flags="pubsub loading stale", since="2.8.0",
    complexity="O(N) where N is the number of active channels, and assuming constant time pattern matching"
    " (relatively short channels and patterns)",
    about="Lists the channels that have subscribers, or those of them that match a pattern.",
)
cdef void pubsub_channels_command(Request* request) noexcept nogil:
    list_channels(request, SUB_CHANNEL)


declare(
    <size_t>pubsub_numsub_command, "PUBSUB NUMSUB [channel ...]", parent="pubsub", arity=-2, group="pubsub",
    flags="pubsub loading stale", since="2.8.0",
    complexity="O(N) for the NUMSUB subcommand, where N is the number of requested channels",
    about="Counts the subscribers of each channel; those of patterns are not among them.",
)
cdef void pubsub_numsub_command(Request* request) noexcept nogil:
    count_subscribers(request, SUB_CHANNEL)


declare(
    <size_t>pubsub_numpat_command, "PUBSUB NUMPAT", parent="pubsub", arity=2, group="pubsub",
    flags="pubsub loading stale", since="2.8.0",
    about="Counts the patterns that have subscribers.",
)
cdef void pubsub_numpat_command(Request* request) noexcept nogil:
    out_int(request.out, <int64_t>request.engine.pubsub.tables[SUB_PATTERN].count)


declare(
    <size_t>pubsub_shardchannels_command, "PUBSUB SHARDCHANNELS [pattern]", parent="pubsub", arity=-2,
    group="pubsub", flags="pubsub loading stale", since="7.0.0",
    complexity="O(N) where N is the number of active shard channels, and assuming constant time pattern matching"
    " (relatively short shard channels).",
    about="Lists the shard channels that have subscribers, or those of them that match a pattern.",
)
cdef void pubsub_shardchannels_command(Request* request) noexcept nogil:
    list_channels(request, SUB_SHARD)


declare(
    <size_t>pubsub_shardnumsub_command, "PUBSUB SHARDNUMSUB [shardchannel ...]", parent="pubsub", arity=-2,
    group="pubsub", flags="pubsub loading stale", since="7.0.0",
    complexity="O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
    about="Counts the subscribers of each shard channel.",
)
cdef void pubsub_shardnumsub_command(Request* request) noexcept nogil:
    count_subscribers(request, SUB_SHARD)


declare_help("pubsub", since="6.2.0", categories="-pubsub")

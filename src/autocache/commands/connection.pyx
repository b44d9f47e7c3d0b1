"""The connection commands that are called often enough to be compiled."""

from autocache.commands.args cimport key_at
from autocache.commands.context cimport Request
from autocache.resp.out cimport out_error_form, out_raw, out_view

from autocache.commands.declare import declare


declare(
    <size_t>ping_command, "PING [message]", arity=-1, group="connection", flags="fast loading stale", since="1.0.0",
    about="Answers PONG, or the message: for testing whether a connection is alive.",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
)
cdef void ping_command(Request* request) noexcept nogil:
    if request.argc == 1:
        out_raw(request.out, b"+PONG\r\n", 7)
    elif request.argc == 2:
        out_view(request.out, key_at(request, 1))
    else:
        out_error_form(request.out, b"ERR wrong number of arguments for '%' command", b"ping", 4)

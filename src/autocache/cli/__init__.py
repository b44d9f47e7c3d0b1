"""The command line, `autocache -cli`: a Redis client that prints what redis-cli 7.0.15 prints.

It talks to a server over the wire only. Of AutoCache it may import nothing but `autocache.resp.client` (the
codec), `autocache.base` and `autocache.__version__`; it works against any Redis-compatible server.

The rooms' order: `text`, `options`, `render`, `catalogue` are pure; `terminal` is the outside world and
`connection` owns the socket; `session` runs commands and keeps the connection's state; `lines` understands
one typed line; `prompt` is the terminal; `main` picks.
"""

"""Floor 1: the wire format, without sockets: requests from bytes, replies to bytes."""

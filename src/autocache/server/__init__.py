"""Floor 6: sockets. The event loop that serves connections between the turns of asyncio, and the connections."""

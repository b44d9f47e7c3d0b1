"""Lua scripts: EVAL and its family, the sandbox that they run in, and the cache of what was loaded."""

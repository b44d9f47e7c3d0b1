# The connection commands that are compiled: reached through the command table only.

# The commands that count: reached through the command table only.

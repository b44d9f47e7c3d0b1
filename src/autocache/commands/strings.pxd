# The string commands: reached through the command table only.

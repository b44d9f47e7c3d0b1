# The transaction commands: reached through the command table only.

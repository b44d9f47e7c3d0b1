# The commands that combine sorted sets; all are reached through the command table.

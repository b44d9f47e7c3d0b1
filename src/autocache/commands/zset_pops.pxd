# The commands that take members from the ends of sorted sets; all are reached through the command table.

# The commands on ranges of sorted sets; all are reached through the command table.

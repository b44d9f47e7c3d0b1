# The commands that wait for an element of a list; all are reached through the command table.

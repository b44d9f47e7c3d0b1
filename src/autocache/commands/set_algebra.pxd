# The commands that combine sets; all are reached through the command table.

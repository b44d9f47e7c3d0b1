# The geo commands that search: all are reached through the command table.

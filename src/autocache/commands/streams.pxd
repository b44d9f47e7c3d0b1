# The commands on streams themselves. All are reached through the command table.

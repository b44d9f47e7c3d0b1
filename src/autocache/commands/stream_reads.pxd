# All commands of this file are reached through the command table.

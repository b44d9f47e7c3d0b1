# The commands for whole databases: reached through the command table only.

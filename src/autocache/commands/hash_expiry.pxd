# The commands on the expiry of fields are reached through the command table only.

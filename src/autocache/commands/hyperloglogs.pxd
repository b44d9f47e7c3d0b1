# The commands on HyperLogLogs: reached through the command table only.

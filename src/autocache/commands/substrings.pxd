# The commands on parts of strings: reached through the command table only.

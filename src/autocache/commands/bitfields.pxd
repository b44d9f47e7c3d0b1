# BITFIELD and BITFIELD_RO: reached through the command table only.

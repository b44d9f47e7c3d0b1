"""Values to bytes and back: the RDB form, which DUMP, tiers, snapshots, migration and replication share.

Sans-io: no sockets, files or clocks. It reads bytes that strangers sent, so nothing here trusts a length.
"""

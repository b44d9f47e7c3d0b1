# DUMP and RESTORE; reached through the command table.

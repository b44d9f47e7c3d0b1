# SORT and SORT_RO; both are reached through the command table.

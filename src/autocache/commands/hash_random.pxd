# HRANDFIELD is reached through the command table only.

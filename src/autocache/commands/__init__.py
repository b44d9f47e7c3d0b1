"""Floor 4: the commands. `declare` says what a command is, one file per data group says what it does, and `execute`
is the way that every command goes: look up, check, run, tell whoever has to know.
"""

# Looking at entries from Python; nothing compiled calls this room, so it has no C face (see inspection.pyi).

"""The command line, compared with redis-cli 7.0.15."""

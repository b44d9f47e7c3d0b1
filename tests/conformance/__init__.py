"""The same cases on our server and on redis-server 7.0, reply bytes compared. See README.md beside this
file.
"""

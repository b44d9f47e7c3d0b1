"""Hostile and extreme use: what a server must survive. AUTOCACHE_TEST_SELF=redis proves the tests on
redis-server.
"""

"""Tests of the room `keyspace`, through the commands, with a clock that stands still."""

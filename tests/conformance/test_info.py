"""INFO: the fields that this issue's capabilities give a meaning to exist and look as redis-server's do."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ServerPair
from tests.servers import Server

# Fields that speak of what we do not have (replication, forks, jemalloc, Lua, modules) are not promised, and
# a field that we have and redis-server does not is fine. Everything listed must exist with a value of the
# same form.
PROMISED: dict[str, str] = {
    "server": """
        redis_version redis_mode os arch_bits process_id run_id tcp_port uptime_in_seconds
        uptime_in_days hz configured_hz executable config_file server_time_usec
    """,
    "clients": """
        connected_clients maxclients client_recent_max_input_buffer client_recent_max_output_buffer
        blocked_clients tracking_clients clients_in_timeout_table
    """,
    "memory": """
        used_memory used_memory_human used_memory_rss used_memory_rss_human used_memory_peak
        used_memory_peak_human used_memory_peak_perc total_system_memory total_system_memory_human
        maxmemory maxmemory_human maxmemory_policy mem_fragmentation_ratio mem_clients_normal
        mem_allocator lazyfree_pending_objects lazyfreed_objects
    """,
    "stats": """
        total_connections_received total_commands_processed instantaneous_ops_per_sec
        total_net_input_bytes total_net_output_bytes instantaneous_input_kbps
        instantaneous_output_kbps rejected_connections expired_keys expired_stale_perc
        expired_time_cap_reached_count evicted_keys evicted_clients keyspace_hits keyspace_misses
        tracking_total_keys tracking_total_items tracking_total_prefixes total_error_replies
    """,
    "cpu": "used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children",
    "keyspace": "db0",
}
# How a value looks; the first form that the oracle's value matches must match ours.
FORMS = (
    r"-?\d+",
    r"-?\d+\.\d+",
    r"\d+(\.\d+)?[BKMGT]",
    r"\d+\.\d+%",
    r"keys=\d+,expires=\d+,avg_ttl=\d+",
    r"[0-9a-f]{40}",
    r".*",
)
# Integers and fractions are interchangeable where a value may be whole by chance.
NUMBER = r"-?\d+(\.\d+)?"


def _sections(server: Server) -> dict[str, dict[str, str]]:
    with server.connect() as connection:
        connection.command("SET", "k", "v")
        text = connection.bulk("INFO", "everything").decode()
    sections: dict[str, dict[str, str]] = {}
    current = ""
    for line in text.split("\r\n"):
        if line.startswith("# "):
            current = line[2:].lower()
            sections[current] = {}
        elif line:
            name, separator, value = line.partition(":")
            assert separator, f"not a field: {line!r}"
            assert current, f"a field outside of sections: {line!r}"
            sections[current][name] = value
    return sections


@pytest.mark.parametrize("section", PROMISED)
def test_fields(section: str, server_pair: ServerPair) -> None:
    """Every promised field is there and has the oracle's form."""
    server_pair.ensure_alive()
    ours, redis = _sections(server_pair.ours).get(section, {}), _sections(server_pair.redis)[section]
    names = PROMISED[section].split()
    assert [name for name in names if name not in ours] == [], "fields missing"
    for name in names:
        form = next(form for form in FORMS if re.fullmatch(form, redis[name]))
        form = NUMBER if re.fullmatch(NUMBER, redis[name]) else form
        assert re.fullmatch(form, ours[name]), f"{name}: ours {ours[name]!r}, redis {redis[name]!r}"


def test_section_names_agree(server_pair: ServerPair) -> None:
    """A section of ours that redis-server has too carries its name; their common fields stand in the same
    section.
    """
    server_pair.ensure_alive()
    ours, redis = _sections(server_pair.ours), _sections(server_pair.redis)
    home = {field: section for section, fields in redis.items() for field in fields}
    moved = {
        field: (section, home[field])
        for section, fields in ours.items()
        for field in fields
        if home.get(field, section) != section
    }
    assert moved == {}

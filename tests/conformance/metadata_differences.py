"""Where our table of commands differs from redis-server 7.0.15's. Reviewed: a change here is a change of what clients
are told. test_metadata.py fails for everything that differs and is not named here, and for everything named here that
does not differ (any more).
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: Commands and subcommands of redis-server's that we do not have, by what brings them.
MISSING: dict[str, str] = {
    "issue 4, persistence and replication": """
        bgrewriteaof bgsave failover lastsave psync replconf replicaof role save slaveof sync
    """,
    "issue 6, cluster": """
        asking cluster cluster|addslots cluster|addslotsrange cluster|bumpepoch
        cluster|count-failure-reports cluster|countkeysinslot cluster|delslots cluster|delslotsrange
        cluster|failover cluster|flushslots cluster|forget cluster|getkeysinslot cluster|help cluster|info
        cluster|keyslot cluster|links cluster|meet cluster|myid cluster|nodes cluster|replicas
        cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch cluster|setslot
        cluster|shards cluster|slaves cluster|slots readonly readwrite
        migrate
        restore-asking
    """,
    "a later issue, functions": """
        fcall fcall_ro function function|delete function|dump function|flush function|help function|kill
        function|list function|load function|restore function|stats
    """,
    "a later issue, access control": """
        acl acl|cat acl|deluser acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|load acl|log
        acl|save acl|setuser acl|users acl|whoami
    """,
    # Modules are native code made for redis-server. LOLWUT draws pictures.
    "never": """
        lolwut module module|help module|list module|load module|loadex module|unload
    """,
}

#: Commands and subcommands of ours that redis-server 7.0.15 does not have, with their source.
OURS_ONLY: dict[str, str] = {
    "client|no-touch": "Redis 7.2",
    "client|setinfo": "Redis 7.2",
    "delifeq": "Valkey 9.0",
    "hexpire": "Valkey 9.0",
    "hexpireat": "Valkey 9.0",
    "hexpiretime": "Valkey 9.0",
    "hgetdel": "Valkey 9.1",
    "hgetex": "Valkey 9.0",
    "hpersist": "Valkey 9.0",
    "hpexpire": "Valkey 9.0",
    "hpexpireat": "Valkey 9.0",
    "hpexpiretime": "Valkey 9.0",
    "hpttl": "Valkey 9.0",
    "hsetex": "Valkey 9.0",
    "httl": "Valkey 9.0",
}


class MetadataDifference(NamedTuple):
    """A field of COMMAND INFO (FIELDS of test_metadata.py) or COMMAND DOCS that is not as redis-server has it: what
    we answer instead, or for a field of COMMAND DOCS in our own words, whether we answer it at all.
    """

    name: str
    field: str
    ours: Any
    reason: str


METADATA_DIFFERENCES: tuple[MetadataDifference, ...] = (
    MetadataDifference("command|getkeys", "arguments", ours=True, reason="for the hints of the command line"),
    MetadataDifference("command|getkeysandflags", "arguments", ours=True, reason="for the hints of the command line"),
)

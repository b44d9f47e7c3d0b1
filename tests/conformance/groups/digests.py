"""DEBUG DIGEST and DEBUG DIGEST-VALUE of every type and encoding: the same content has redis-server's digest."""

from __future__ import annotations

from collections.abc import Sequence

from tests.conformance.model import Group, StepLike

# fmt: off

case = Group("digests")
CASES = case.cases

VALUES: dict[str, Sequence[StepLike]] = {
    "string": ["SET k v"],
    "integer": ["SET k 12345"],
    "list": ['RPUSH k a b 1 -70000 ""'],
    "long list": [["RPUSH", "k", *[f"element {i}" * 30 for i in range(200)]]],
    "intset": ["SADD k 3 1 2 -9223372036854775808"],
    "set": ['SADD k one two 3 ""'],
    "hash": ['HSET k a 1 b two "" x 12 ""'],
    "big hash": [["HSET", "k", *[word for i in range(300) for word in (f"f{i}", str(i * 3))]]],
    "zset": ["ZADD k 1 a 2.5 b -inf c inf d 0.1 e 3 7 1e300 z -0 y"],
    "skiplist": ["CONFIG SET zset-max-listpack-entries 2", "ZADD k 1 a 2.5 b -inf c inf d 0.1 e 3 7 1e300 z"],
    "stream": ["XADD k 1-1 a 1 b two", "XADD k 1-2 a 3 b four", "XADD k 5-0 other 1", "XADD k 6-0 a 1 b 2 c 3",
               "XDEL k 1-2"],
    "stream without entries": ["XADD k 1-1 a 1", "XDEL k 1-1"],
}
for name, make in VALUES.items():
    case(f"digest of a {name}", *make, "DEBUG DIGEST-VALUE k none", "DEBUG DIGEST", "PEXPIREAT k 33177117420000",
         "DEBUG DIGEST-VALUE k", "COPY k j", "DEBUG DIGEST-VALUE j", "SELECT 3", *make, "DEBUG DIGEST")
    case(f"reload of a {name}", *make, "PEXPIREAT k 33177117420000", "DEBUG RELOAD", "OBJECT ENCODING k",
         "PEXPIRETIME k", "TYPE k", "DEBUG DIGEST-VALUE k", "DEBUG DIGEST", "@type MEMORY USAGE k",
         "@type MEMORY USAGE k SAMPLES 0", "@debugobject DEBUG OBJECT k", "OBJECT REFCOUNT none", "DBSIZE")

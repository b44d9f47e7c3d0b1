"""WRONGTYPE, and keys of another type under generic commands. One type stands for all: the check is the same."""

from __future__ import annotations

from tests.conformance.model import Group

# fmt: off

case = Group("wrongtype")
CASES = case.cases

case.each("on a list", """
    GET l
    SET l v GET
    SET l v NX GET
    SET l v
    SETNX l v
    SETEX l 10 v
    GETSET l v
    GETDEL l
    GETEX l
    GETEX l EX 10
    GETEX l EX 0
    GETRANGE l 0 1
    GETRANGE l x 1
    SUBSTR l 0 1
    STRLEN l
    APPEND l v
    SETRANGE l 0 v
    SETRANGE l -1 v
    SETRANGE l 0 ""
    INCR l
    DECR l
    INCRBY l 1
    INCRBY l x
    DECRBY l 1
    INCRBYFLOAT l 1
    INCRBYFLOAT l x
    MGET l s l
    MSET l v
    MSETNX l v
    LCS l s
    LCS s l IDX
    LCS nothing l
    TYPE l
    RENAME l m
    RENAME s l
    RENAMENX s l
    COPY l m
    COPY s l
    COPY s l REPLACE
    MOVE l 1
    OBJECT ENCODING l
    OBJECT REFCOUNT l
    EXPIRE l 100
    PERSIST l
    TOUCH l s
    DEL l s
    UNLINK l s
    @scan TYPE list
    @scan TYPE string
    @unordered KEYS *
    DEBUG SDSLEN l
    DEBUG DIGEST
    DEBUG DIGEST-VALUE l
    @type MEMORY USAGE l
""", before="RPUSH l a b c\nSET s v", after="TYPE l\nTYPE s\nLLEN l")
case("in a transaction", "RPUSH l a", "MULTI", "INCR l", "SET k v", "GET l", "EXEC", "GET k")
case("watched", "RPUSH l a", "WATCH l", "c2> APPEND l x", "MULTI", "PING", "EXEC", "WATCH l",
     "c2> RPUSH l b", "MULTI", "PING", "EXEC")
case.each("bits and HyperLogLogs", """
    SETBIT l 0 1
    SETBIT l x 1
    SETBIT l 0 x
    GETBIT l 0
    GETBIT l x
    BITCOUNT l
    BITCOUNT l 0
    BITCOUNT l x 1
    BITPOS l 1
    BITPOS l 2
    BITPOS l 1 x
    BITOP AND d l
    BITOP AND d s l
    BITOP OR d none l
    BITOP NOT l s
    BITFIELD l
    BITFIELD l GET u8 0
    BITFIELD l SET u8 0 1
    BITFIELD l BOGUS
    BITFIELD_RO l GET u8 0
    PFADD l
    PFADD l a
    PFCOUNT l
    PFCOUNT none l
    PFMERGE l
    PFMERGE d l
    PFDEBUG ENCODING l
    PFDEBUG BOGUS l
""", before="RPUSH l a b c\nSET s v", after="TYPE l\nDBSIZE")

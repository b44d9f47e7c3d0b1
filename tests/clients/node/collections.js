// Hashes, lists, sets, sorted sets and geo.

import { between, equal, near, range, sameMembers, sleep } from "./checks.js";

export async function hashes(db) {
  equal(await db.hset("h", "f", "v", "g", "w"), 2);
  equal(await db.hset("h", { g: "x", n: 1 }), 1);
  equal(await db.hsetnx("h", "f", "other"), 0);
  equal(await db.hget("h", "f"), "v");
  equal(await db.hget("h", "nothing"), null);
  equal(await db.hmget("h", "g", "nothing", "f"), ["x", null, "v"]);
  equal({ ...(await db.hgetall("h")) }, { f: "v", g: "x", n: "1" });
  sameMembers(await db.hkeys("h"), ["f", "g", "n"]);
  sameMembers(await db.hvals("h"), ["v", "x", "1"]);
  equal(await db.hincrby("h", "n", 41), 42);
  equal(await db.hincrbyfloat("h", "n", -0.5), "41.5");
  equal(await db.hexists("h", "n"), 1);
  equal(await db.hstrlen("h", "n"), 4);
  equal(await db.hdel("h", "n", "g", "nothing"), 2);
  equal(await db.hrandfield("h"), "f");
  equal((await db.hrandfield("h", 1, "WITHVALUES")).flat(), ["f", "v"]);
  equal(await db.object("ENCODING", "h"), "listpack");
  await db.hset("h", new Map(range(1000).map((number) => [`field:${number}`, number])));
  equal(await db.object("ENCODING", "h"), "hashtable");
  equal(await db.hlen("h"), 1001);
  equal(Object.keys(await db.hgetall("h")).length, 1001);
}

// Times to live of single fields, as Redis 7.4 and Valkey 9 define them.
export async function fieldExpiry(db) {
  await db.hset("h", { a: 1, b: 2, c: 3 });
  equal(await db.hexpire("h", 3600, "FIELDS", 2, "a", "nothing"), [1, -2]);
  between((await db.httl("h", "FIELDS", 1, "a"))[0], 3590, 3600);
  equal(await db.httl("h", "FIELDS", 2, "b", "nothing"), [-1, -2]);
  equal(await db.hexpire("h", 60, "GT", "FIELDS", 1, "a"), [0]);
  equal(await db.hexpireat("h", 33177117420, "FIELDS", 1, "a"), [1]);
  equal(await db.hexpiretime("h", "FIELDS", 1, "a"), [33177117420]);
  equal(await db.hpersist("h", "FIELDS", 2, "a", "b"), [1, -1]);
  equal(await db.hpexpire("h", 20, "FIELDS", 1, "b"), [1]);
  await sleep(40);
  equal({ ...(await db.hgetall("h")) }, { a: "1", c: "3" });
  equal(await db.hgetex("h", "PX", 50_000, "FIELDS", 1, "a"), ["1"]);
  between((await db.hpttl("h", "FIELDS", 1, "a"))[0], 49_000, 50_000);
  equal(await db.hsetex("h", "EX", 100, "FIELDS", 1, "d", "4"), 1);
  equal(await db.hgetdel("h", "FIELDS", 1, "d"), ["4"]);
}

export async function lists(db) {
  equal(await db.rpush("l", "b", "c"), 2);
  equal(await db.lpush("l", "a"), 3);
  equal(await db.lpushx("nothing", "x"), 0);
  equal(await db.lrange("l", 0, -1), ["a", "b", "c"]);
  equal(await db.lindex("l", -1), "c");
  equal(await db.lindex("l", 3), null);
  equal(await db.linsert("l", "BEFORE", "b", "ab"), 4);
  equal(await db.linsert("l", "AFTER", "nothing", "x"), -1);
  equal(await db.lset("l", 1, "AB"), "OK");
  await db.rpush("l", "a", "a");
  equal(await db.lpos("l", "c"), 3);
  equal(await db.lpos("l", "a", "COUNT", 0), [0, 4, 5]);
  equal(await db.lpos("l", "a", "RANK", -1, "COUNT", 2), [5, 4]);
  equal(await db.lrem("l", -1, "a"), 1);
  equal(await db.lmove("l", "to", "LEFT", "RIGHT"), "a");
  equal(await db.rpoplpush("l", "to"), "a");
  equal(await db.ltrim("l", 0, 1), "OK");
  equal(await db.lmpop(2, "nothing", "l", "RIGHT", "COUNT", 5), ["l", ["b", "AB"]]);
  equal(await db.exists("l"), 0);
  equal(await db.lpop("to", 3), ["a", "a"]);
  equal(await db.rpop("to"), null);
  await db.rpush("long", ...range(1000).map((number) => "x".repeat(number % 50) + number));
  equal(await db.llen("long"), 1000);
  equal(await db.object("ENCODING", "long"), "quicklist");
  equal(await db.lrange("long", 500, 501), ["500", "x501"]);
}

export async function sets(db) {
  equal(await db.sadd("numbers", 1, 2, 3, 3), 3);
  equal(await db.object("ENCODING", "numbers"), "intset");
  equal(await db.sadd("s", "a", "b", "c"), 3);
  equal(await db.sismember("s", "a"), 1);
  equal(await db.smismember("s", "a", "z", "c"), [1, 0, 1]);
  sameMembers(await db.smembers("s"), ["a", "b", "c"]);
  await db.sadd("t", ["b", "c", "d"]);
  sameMembers(await db.sinter("s", "t"), ["b", "c"]);
  sameMembers(await db.sunion("s", "t"), ["a", "b", "c", "d"]);
  sameMembers(await db.sdiff("s", "t"), ["a"]);
  equal(await db.sintercard(2, "s", "t", "LIMIT", 1), 1);
  equal(await db.sinterstore("to", "s", "t"), 2);
  equal(await db.sunionstore("to", "s", "t"), 4);
  equal(await db.sdiffstore("to", "s", "nothing"), 3);
  equal(await db.smove("s", "t", "a"), 1);
  equal(await db.srem("s", "b", "z"), 1);
  equal(await db.srandmember("s", -3), ["c", "c", "c"]);
  equal(await db.spop("s"), "c");
  equal(await db.spop("s"), null);
  await db.sadd("numbers", ...range(1000).map((number) => `member:${number}`));
  equal(await db.object("ENCODING", "numbers"), "hashtable");
  equal((await db.spop("numbers", 10)).length, 10);
  equal(await db.scard("numbers"), 993);
}

export async function sortedSets(db) {
  equal(await db.zadd("z", 1, "a", 2, "b", 3, "c"), 3);
  equal(await db.zadd("z", "NX", 9, "a"), 0);
  equal(await db.zadd("z", "XX", "GT", "CH", 1.5, "a"), 1);
  equal(await db.zadd("z", "INCR", -0.5, "a"), "1");
  equal(await db.zincrby("z", 0.25, "c"), "3.25");
  equal(await db.zscore("z", "c"), "3.25");
  equal(await db.zscore("z", "nothing"), null);
  equal(await db.zmscore("z", "a", "nothing"), ["1", null]);
  equal(await db.zrank("z", "c"), 2);
  equal(await db.zrevrank("z", "c"), 0);
  equal(await db.zrank("z", "nothing"), null);
  equal(await db.zrange("z", 0, -1), ["a", "b", "c"]);
  equal(await db.zrevrange("z", 0, 0), ["c"]);
  equal((await db.zrange("z", -1, -1, "WITHSCORES")).flat(), ["c", "3.25"]);
  equal(await db.zrangebyscore("z", "(1", "+inf", "LIMIT", 1, 1), ["c"]);
  equal(await db.zrevrangebyscore("z", 2, "-inf"), ["b", "a"]);
  equal(await db.zrange("z", 4, "(2", "BYSCORE", "REV"), ["c"]);
  equal(await db.zrangestore("to", "z", 0, 1), 2);
  equal(await db.zcount("z", 1, "(3.25"), 2);
  await db.zadd("lex", 0, "a", 0, "b", 0, "c");
  equal(await db.zrangebylex("lex", "(a", "[c"), ["b", "c"]);
  equal(await db.zlexcount("lex", "-", "+"), 3);
  equal(await db.zremrangebylex("lex", "-", "[a"), 1);
  await db.zadd("y", 10, "b", 20, "d");
  equal((await db.zunion(2, "z", "y", "WEIGHTS", 2, 1, "AGGREGATE", "MAX", "WITHSCORES")).flat(), [
    "a",
    "2",
    "c",
    "6.5",
    "b",
    "10",
    "d",
    "20",
  ]);
  equal((await db.zinter(2, "z", "y", "WITHSCORES")).flat(), ["b", "12"]);
  equal(await db.zdiff(2, "z", "y"), ["a", "c"]);
  equal(await db.zintercard(2, "z", "y"), 1);
  equal(await db.zunionstore("to", 2, "z", "y"), 4);
  equal(await db.zinterstore("to", 2, "z", "y"), 1);
  equal(await db.zdiffstore("to", 2, "z", "y"), 2);
  equal((await db.zpopmin("z")).flat(), ["a", "1"]);
  equal((await db.zpopmax("z", 1)).flat(), ["c", "3.25"]);
  equal((await db.zmpop(2, "nothing", "z", "MIN", "COUNT", 2)).flat(3), ["z", "b", "2"]);
  equal(await db.zrem("y", "b"), 1);
  equal((await db.zrandmember("y", 1, "WITHSCORES")).flat(), ["d", "20"]);
  await db.zadd("large", ...range(1000).flatMap((number) => [number, `member:${number}`]));
  equal(await db.object("ENCODING", "y"), "listpack");
  equal(await db.object("ENCODING", "large"), "skiplist");
  equal(await db.zrank("large", "member:777"), 777);
  equal(await db.zremrangebyrank("large", 0, 99), 100);
  equal(await db.zremrangebyscore("large", "(900", "+inf"), 99);
  equal(await db.zcard("large"), 801);
}

export async function geo(db) {
  equal(await db.geoadd("sicily", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"), 2);
  equal(await db.geodist("sicily", "Palermo", "Catania", "KM"), "166.2742");
  equal(await db.geodist("sicily", "Palermo", "nothing"), null);
  equal(await db.geohash("sicily", "Palermo", "Catania"), ["sqc8b49rny0", "sqdtr74hyu0"]);
  const [palermo, nothing] = await db.geopos("sicily", "Palermo", "nothing");
  near(palermo[0], 13.361389);
  near(palermo[1], 38.115556);
  equal(nothing, null);
  const circle = ["FROMLONLAT", 15, 37, "BYRADIUS", 200, "KM", "ASC"];
  equal(await db.geosearch("sicily", ...circle), ["Catania", "Palermo"]);
  const box = ["FROMMEMBER", "Palermo", "BYBOX", 400, 400, "KM", "DESC", "COUNT", 1];
  const [found] = await db.geosearch("sicily", ...box, "WITHCOORD", "WITHDIST", "WITHHASH");
  equal(found.slice(0, 3), ["Catania", "166.2742", 3479447370796909]);
  near(found[3][0], 15.087269);
  equal(await db.geosearchstore("near", "sicily", ...circle, "STOREDIST"), 2);
  near(await db.zscore("near", "Catania"), 56.4413);
  equal(await db.georadiusbymember("sicily", "Palermo", 100, "KM"), ["Palermo"]);
}

// Transactions, pipelines, cursors, SORT, DUMP, pub/sub and blocking commands.

import { once } from "node:events";

import { between, equal, pairs, range, rejects, sameMembers, woken } from "./checks.js";

export async function transactions(db, connect) {
  equal(await db.multi().set("k", 1).incr("k").rpush("l", "a", "b").lrange("l", 0, -1).exec(), [
    [null, "OK"],
    [null, 2],
    [null, 2],
    [null, ["a", "b"]],
  ]);
  const [[wrongType], [, three]] = await db.multi().lpush("k", "x").incr("k").exec();
  equal(wrongType.message.split(" ")[0], "WRONGTYPE");
  equal(three, 3);
  const queued = db.multi({ pipeline: false });
  equal(await db.set("k", 1), "QUEUED");
  equal(await db.discard(), "OK");
  await queued;
  const other = connect();
  await db.watch("k");
  await other.set("k", 100);
  equal(await db.multi().set("k", 4).exec(), null);
  equal(await db.get("k"), "100");
  await db.watch("k");
  equal(await db.multi().incr("k").exec(), [[null, 101]]);
}

export async function pipelines(db) {
  const pipeline = db.pipeline();
  for (const number of range(2000)) pipeline.set(`k:${number}`, number).get(`k:${number}`);
  pipeline.lpush("k:1", "x").get("k:1");
  const replies = await pipeline.exec();
  equal(
    range(2000).map((number) => replies[2 * number + 1][1]),
    range(2000).map(String),
  );
  equal(replies[4000][0].message.split(" ")[0], "WRONGTYPE");
  equal(replies[4001], [null, "1"]);
}

// What a scan stream yields, each element once.
async function collect(stream) {
  const seen = new Set();
  for await (const batch of stream) for (const element of batch) seen.add(element);
  return [...seen];
}

export async function scans(db) {
  const pipeline = db.pipeline();
  for (const number of range(1000)) {
    const name = `item:${String(number).padStart(4, "0")}`;
    pipeline.set(name, number).hset("hash", name, "value").sadd("set", name).zadd("zset", number, name);
  }
  await pipeline.exec();
  equal((await collect(db.scanStream({ count: 50 }))).length, 1003);
  equal((await collect(db.scanStream({ match: "item:00*" }))).length, 100);
  equal(await collect(db.scanStream({ type: "zset", count: 100 })), ["zset"]);
  equal((await collect(db.sscanStream("set", { match: "*9" }))).length, 100);
  // Fields and values alternate, and so do members and scores.
  equal((await collect(db.hscanStream("hash", { count: 20 }))).length, 1000 + 1);
  equal((await collect(db.zscanStream("zset", { match: "item:000?" }))).length, 2 * 10);
  equal((await db.keys("item:*5")).length, 100);
}

export async function sort(db) {
  await db.rpush("l", 3, 1, 10, 2);
  equal(await db.sort("l"), ["1", "2", "3", "10"]);
  equal(await db.sort("l", "LIMIT", 1, 2, "DESC"), ["3", "2"]);
  equal(await db.sort_ro("l", "ALPHA"), ["1", "10", "2", "3"]);
  await db.mset("w:1", 4, "w:2", 3, "w:3", 2, "w:10", 1);
  await db.hset("name:1", "n", "one");
  equal(await db.sort("l", "BY", "w:*", "GET", "#", "GET", "name:*->n"), [
    "10",
    null,
    "3",
    null,
    "2",
    null,
    "1",
    "one",
  ]);
  equal(await db.sort("l", "BY", "nosort", "STORE", "to"), 4);
  equal(await db.lrange("to", 0, -1), ["3", "1", "10", "2"]);
}

export async function dumpAndRestore(db) {
  await db.set("string", "value");
  await db.rpush("list", "a", "b");
  await db.sadd("set", 1, 2);
  await db.hset("hash", "f", "v");
  await db.zadd("zset", 1.5, "m");
  await db.xadd("stream", "1-0", "f", "v");
  for (const key of ["string", "list", "set", "hash", "zset", "stream"]) {
    const payload = await db.dumpBuffer(key);
    await rejects(db.restore(key, 0, payload), /BUSYKEY/);
    equal(await db.restore("copy", 100_000, payload), "OK");
    equal(await db.restore("copy", 0, payload, "REPLACE"), "OK");
    equal(await db.type("copy"), key);
    equal(await db.dumpBuffer("copy"), payload);
    await rejects(db.restore("corrupt", 0, payload.subarray(0, -1)), /DUMP payload/);
    await db.del("copy");
  }
  equal(await db.dump("nothing"), null);
}

export async function pubSub(db, connect) {
  const subscriber = connect();
  equal(await subscriber.subscribe("news", "weather"), 2);
  equal(await subscriber.psubscribe("n?ws", "sport.*"), 4);
  let heard = once(subscriber, "message");
  let matched = once(subscriber, "pmessage");
  equal(await db.publish("news", "hello"), 2);
  equal(await heard, ["news", "hello"]);
  equal(await matched, ["n?ws", "news", "hello"]);
  matched = once(subscriber, "pmessage");
  equal(await db.publish("sport.chess", "e4\0\r\n"), 1);
  equal(await matched, ["sport.*", "sport.chess", "e4\0\r\n"]);
  sameMembers(await db.pubsub("CHANNELS", "*"), ["news", "weather"]);
  equal(await db.pubsub("NUMSUB", "news", "nobody"), ["news", 1, "nobody", 0]);
  equal(await db.pubsub("NUMPAT"), 2);
  await subscriber.unsubscribe("news");
  await subscriber.punsubscribe("n?ws", "sport.*");
  equal(await db.publish("news", "unheard"), 0);
  heard = once(subscriber, "message");
  equal(await db.publish("weather", "rain"), 1);
  equal(await heard, ["weather", "rain"]);
  await subscriber.unsubscribe("weather");
  equal(await subscriber.get("k"), null);
}

export async function shardedPubSub(db, connect) {
  const subscriber = connect();
  equal(await subscriber.ssubscribe("orders"), 1);
  const heard = once(subscriber, "smessage");
  equal(await db.publish("orders", "not for shards"), 0);
  equal(await db.spublish("orders", "42"), 1);
  equal(await heard, ["orders", "42"]);
  equal(await db.pubsub("SHARDCHANNELS"), ["orders"]);
  equal(await db.pubsub("SHARDNUMSUB", "orders"), ["orders", 1]);
  await subscriber.sunsubscribe("orders");
  equal(await db.spublish("orders", "43"), 0);
}

export async function notifications(db, connect) {
  await db.config("SET", "notify-keyspace-events", "KEA");
  const subscriber = connect();
  await subscriber.psubscribe("__key*@0__:*");
  const events = [];
  const expired = new Promise((resolve) => {
    subscriber.on("pmessage", (_, channel, payload) => {
      events.push([channel, payload]);
      if (channel.endsWith(":expired")) resolve();
    });
  });
  await db.lpush("k", "v");
  await db.pexpire("k", 1);
  await expired;
  await db.config("SET", "notify-keyspace-events", "");
  equal(
    events,
    ["lpush", "expire", "expired"].flatMap((event) => [
      ["__keyspace@0__:k", event],
      [`__keyevent@0__:${event}`, "k"],
    ]),
  );
}

export async function blockingLists(db, connect) {
  const peer = connect();
  equal(
    await woken(
      () => db.blpop("first", "second", 10),
      () => peer.rpush("second", "v", "w"),
    ),
    ["second", "v"],
  );
  equal(await db.brpop("first", "second", 10), ["second", "w"]);
  const begin = performance.now();
  equal(await db.blpop("first", 0.2), null);
  between(performance.now() - begin, 180, 10_000);
  equal(
    await woken(
      () => db.blmove("from", "to", "LEFT", "RIGHT", 10),
      () => peer.lpush("from", "moved"),
    ),
    "moved",
  );
  equal(await db.brpoplpush("to", "from", 1), "moved");
  equal(await db.blmpop(1, 2, "nothing", "from", "LEFT", "COUNT", 3), ["from", ["moved"]]);
  equal(
    await woken(
      () => db.blpop("q", 10),
      () => peer.multi().rpush("q", "a").del("q").rpush("q", "b").exec(),
    ),
    ["q", "b"],
  );
}

export async function blockingSortedSets(db, connect) {
  const peer = connect();
  equal(
    await woken(
      () => db.bzpopmin("nothing", "z", 10),
      () => peer.zadd("z", 2, "b", 1, "a"),
    ),
    ["z", "a", "1"],
  );
  equal(await db.bzpopmax("z", 10), ["z", "b", "2"]);
  equal(await db.bzpopmin("z", 0.1), null);
  const popped = await woken(
    () => db.bzmpop(10, 1, "z", "MAX", "COUNT", 5),
    () => peer.zadd("z", 3, "c"),
  );
  equal(popped.flat(3), ["z", "c", "3"]);
}

export async function blockingStreams(db, connect) {
  const peer = connect();
  const wanted = (id) => ["s", id, "f", "v"];
  const alone = await woken(
    () => db.xread("BLOCK", 10_000, "STREAMS", "s", "$"),
    () => peer.xadd("s", "1-0", "f", "v"),
  );
  equal(alone.flat(5), wanted("1-0"));
  equal(await db.xread("BLOCK", 50, "STREAMS", "s", "$"), null);
  await db.xgroup("CREATE", "s", "g", "$");
  const inGroup = await woken(
    () => db.xreadgroup("GROUP", "g", "c", "BLOCK", 10_000, "STREAMS", "s", ">"),
    () => peer.xadd("s", "2-0", "f", "v"),
  );
  equal(inGroup.flat(5), wanted("2-0"));
}

export async function errors(db) {
  await db.set("k", "text");
  await rejects(db.incr("k"), /ERR value is not an integer/);
  await rejects(db.hget("k", "f"), /WRONGTYPE/);
  await rejects(db.call("bogus", "x"), /ERR unknown command/);
  await rejects(db.call("get"), /ERR wrong number of arguments/);
  equal(await db.get("k"), "text");
}

// Streams, alone and with consumer groups.

import { equal, ok, pairs, range, rejects } from "./checks.js";

const entry = (number) => [`${number}-0`, ["f", String(number)]];

// Adds entries 1-0 to count-0, with their number as the value.
async function fill(db, key, count) {
  for (const number of range(count)) {
    equal(await db.xadd(key, `${number + 1}-0`, "f", number + 1), `${number + 1}-0`);
  }
}

// What XREAD and XREADGROUP reply for one stream; the same over both protocols, but for the nesting.
function only(reply, key) {
  const [name, entries] = reply.length === 1 ? reply[0] : reply;
  equal(name, key);
  return entries;
}

// XINFO's reply as an object.
const fields = (flat) => Object.fromEntries(pairs(flat));

export async function streams(db) {
  await fill(db, "s", 5);
  await rejects(db.xadd("s", "5-0", "f", 1), /ERR The ID specified/);
  equal(await db.xadd("nothing", "NOMKSTREAM", "*", "f", 1), null);
  equal(await db.xlen("s"), 5);
  equal(await db.xrange("s", "(1", 3), [entry(2), entry(3)]);
  equal(await db.xrange("s", "-", "+", "COUNT", 1), [entry(1)]);
  equal(await db.xrevrange("s", "+", "-", "COUNT", 1), [entry(5)]);
  equal(only(await db.xread("STREAMS", "s", "nothing", "3-0", "0"), "s"), [entry(4), entry(5)]);
  equal(await db.xread("STREAMS", "s", "5-0"), null);
  equal(await db.xdel("s", "3-0", "9-0"), 1);
  equal(await db.xtrim("s", "MAXLEN", 3), 1);
  equal(await db.xtrim("s", "MINID", "4-0"), 1);
  equal(await db.xrange("s", "-", "+"), [entry(4), entry(5)]);
  equal(await db.xadd("s", "MAXLEN", 2, "6-*", "f", 6), "6-0");
  const info = fields(await db.xinfo("STREAM", "s"));
  equal(info.length, 2);
  equal(info["last-generated-id"], "6-0");
  equal(info["max-deleted-entry-id"], "3-0");
  equal(info["entries-added"], 6);
  equal(info["first-entry"], entry(5));
  ok(/^\d{13}-0$/.test(await db.xadd("clock", "*", "f", 1)));
  equal(await db.type("clock"), "stream");
}

export async function consumerGroups(db) {
  equal(await db.xgroup("CREATE", "s", "g", 0, "MKSTREAM"), "OK");
  await rejects(db.xgroup("CREATE", "s", "g", 0), /BUSYGROUP/);
  await fill(db, "s", 4);
  const read = (consumer, id, count) => db.xreadgroup("GROUP", "g", consumer, "COUNT", count, "STREAMS", "s", id);
  equal(only(await read("alice", ">", 2), "s"), [entry(1), entry(2)]);
  equal(only(await read("bob", ">", 1), "s"), [entry(3)]);
  equal(await db.xack("s", "g", "1-0", "9-0"), 1);
  equal(only(await read("alice", 0, 9), "s"), [entry(2)]);
  equal(await db.xpending("s", "g"), [
    2,
    "2-0",
    "3-0",
    [
      ["alice", "1"],
      ["bob", "1"],
    ],
  ]);
  const [[id, owner, , deliveries]] = await db.xpending("s", "g", "IDLE", 0, "-", "+", 9, "alice");
  equal([id, owner, deliveries], ["2-0", "alice", 2]);
  equal(await db.xclaim("s", "g", "bob", 0, "2-0"), [entry(2)]);
  equal(await db.xclaim("s", "g", "bob", 3_600_000, "2-0", "JUSTID"), []);
  equal(await db.xautoclaim("s", "g", "carol", 0, 0, "COUNT", 1), ["3-0", [entry(2)], []]);
  const [group] = await db.xinfo("GROUPS", "s");
  equal(fields(group), {
    name: "g",
    consumers: 3,
    pending: 2,
    "last-delivered-id": "3-0",
    "entries-read": 3,
    lag: 1,
  });
  const consumers = (await db.xinfo("CONSUMERS", "s", "g")).map(fields);
  equal(
    consumers.map(({ name, pending }) => [name, pending]),
    [
      ["alice", 0],
      ["bob", 1],
      ["carol", 1],
    ],
  );
  const full = fields(await db.xinfo("STREAM", "s", "FULL", "COUNT", 2));
  equal(full.entries, [entry(1), entry(2)]);
  equal(fields(full.groups[0])["pel-count"], 2);
  equal(await db.xgroup("SETID", "s", "g", "$"), "OK");
  equal(await read("alice", ">", 1), null);
  equal(await db.xgroup("CREATECONSUMER", "s", "g", "dave"), 1);
  equal(await db.xgroup("DELCONSUMER", "s", "g", "carol"), 1);
  equal(await db.xgroup("DESTROY", "s", "g"), 1);
  await rejects(read("alice", ">", 1), /NOGROUP/);
}

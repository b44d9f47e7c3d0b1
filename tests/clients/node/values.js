// Strings, expiry and the types that live in strings.

import { between, equal, range, sleep } from "./checks.js";

export async function strings(db) {
  equal(await db.set("k", "v"), "OK");
  equal(await db.get("k"), "v");
  equal(await db.get("nothing"), null);
  equal(await db.set("k", "w", "NX"), null);
  equal(await db.set("k", "w", "EX", 100, "XX", "GET"), "v");
  equal(await db.append("k", "xyz"), 4);
  equal(await db.getrange("k", 1, -1), "xyz");
  equal(await db.setrange("k", 5, "!"), 6);
  equal(await db.strlen("k"), 6);
  equal(await db.getdel("k"), "wxyz\0!");
  equal(await db.incr("n"), 1);
  equal(await db.incrby("n", 9), 10);
  equal(await db.decrby("n", 3), 7);
  equal(await db.incrbyfloat("n", 0.5), "7.5");
  equal(await db.mset({ a: 1, b: "", c: "ümlaut" }), "OK");
  equal(await db.msetnx("c", 1, "d", 2), 0);
  equal(await db.mget("a", "b", "nothing", "c"), ["1", "", null, "ümlaut"]);
  await db.mset("x", "ohmytext", "y", "mynewtext");
  equal(await db.lcs("x", "y"), "mytext");
  equal(await db.lcs("x", "y", "LEN"), 6);
  const binary = Buffer.from(range(65_536));
  equal(await db.set("binary\r\n\0", binary), "OK");
  equal(await db.getBuffer("binary\r\n\0"), binary);
  equal(await db.type("a"), "string");
  equal(await db.object("ENCODING", "a"), "int");
}

export async function expiry(db) {
  await db.setex("k", 3600, "v");
  between(await db.ttl("k"), 3590, 3600);
  equal(await db.expire("k", 60, "GT"), 0);
  equal(await db.expire("k", 60, "LT"), 1);
  equal(await db.pexpire("k", 50_000), 1);
  between(await db.pttl("k"), 49_000, 50_000);
  equal(await db.expireat("k", 33177117420), 1);
  equal(await db.expiretime("k"), 33177117420);
  equal(await db.persist("k"), 1);
  equal(await db.ttl("k"), -1);
  equal(await db.ttl("nothing"), -2);
  equal(await db.getex("k", "PX", 20), "v");
  await sleep(40);
  equal(await db.get("k"), null);
  await db.mset("a", 1, "b", 2);
  equal(await db.exists("a", "a", "b", "c"), 3);
  equal(await db.copy("a", "c"), 1);
  equal(await db.rename("c", "d"), "OK");
  equal(await db.renamenx("d", "a"), 0);
  equal(await db.touch("a", "d"), 2);
  equal(await db.unlink("a", "d"), 2);
  equal(await db.del("b", "nothing"), 1);
  equal(await db.dbsize(), 0);
}

export async function bitmaps(db) {
  equal(await db.setbit("bits", 7, 1), 0);
  equal(await db.setbit("bits", 100, 1), 0);
  equal(await db.setbit("bits", 7, 1), 1);
  equal(await db.getbit("bits", 100), 1);
  equal(await db.bitcount("bits"), 2);
  equal(await db.bitcount("bits", 8, 100, "BIT"), 1);
  equal(await db.bitpos("bits", 1), 7);
  equal(await db.bitpos("bits", 1, 1), 100);
  equal(await db.bitpos("bits", 0, 7, 10, "BIT"), 8);
  await db.set("a", Buffer.from([0xf0, 0xff]));
  await db.set("b", Buffer.from([0x3c]));
  const expected = { AND: [0x30, 0], OR: [0xfc, 0xff], XOR: [0xcc, 0xff] };
  for (const [operation, bytes] of Object.entries(expected)) {
    equal(await db.bitop(operation, "to", "a", "b"), 2);
    equal(await db.getBuffer("to"), Buffer.from(bytes));
  }
  equal(await db.bitop("NOT", "to", "b"), 1);
  equal(await db.getBuffer("to"), Buffer.from([0xc3]));
  equal(await db.bitfield("field", "SET", "u8", 0, 250, "INCRBY", "u8", 0, 10, "GET", "u8", 0), [0, 4, 4]);
  equal(await db.bitfield("field", "OVERFLOW", "SAT", "INCRBY", "i4", "#3", 100), [7]);
  equal(await db.bitfield("field", "OVERFLOW", "FAIL", "INCRBY", "u2", 0, 9), [null]);
  equal(await db.bitfield_ro("field", "GET", "u8", 0, "GET", "i4", 12), [4, 7]);
}

export async function hyperLogLog(db) {
  equal(await db.pfadd("small", "a", "b", "c"), 1);
  equal(await db.pfadd("small", "a"), 0);
  equal(await db.pfcount("small"), 3);
  equal(await db.pfcount("nothing"), 0);
  const pipeline = db.pipeline();
  for (const number of range(20_000)) pipeline.pfadd("large", `member:${number}`);
  await pipeline.exec();
  between(await db.pfcount("large"), 19_500, 20_500);
  equal(await db.pfmerge("all", "large", "small"), "OK");
  equal(await db.pfcount("all"), await db.pfcount("large", "small"));
  equal(await db.type("all"), "string");
}

package autocache.clients;

import static autocache.clients.Session.between;
import static autocache.clients.Session.is;

import java.util.Arrays;
import java.util.List;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.args.BitCountOption;
import redis.clients.jedis.args.BitOP;
import redis.clients.jedis.args.ExpiryOption;
import redis.clients.jedis.params.BitPosParams;
import redis.clients.jedis.params.GetExParams;
import redis.clients.jedis.params.LCSParams;
import redis.clients.jedis.params.SetParams;

/** Strings, expiry and the types that live in strings. */
final class Values {
  private Values() {}

  static void strings(Session session) {
    RedisClient db = session.db;
    is(db.set("k", "v"), "OK");
    is(db.get("k"), "v");
    is(db.get("nothing"), null);
    is(db.set("k", "w", SetParams.setParams().nx()), null);
    is(db.setGet("k", "w", SetParams.setParams().ex(100).xx()), "v");
    is(db.append("k", "xyz"), 4);
    is(db.getrange("k", 1, -1), "xyz");
    is(db.setrange("k", 5, "!"), 6);
    is(db.strlen("k"), 6);
    is(db.getDel("k"), "wxyz\0!");
    is(db.incr("n"), 1);
    is(db.incrBy("n", 9), 10);
    is(db.decrBy("n", 3), 7);
    is(db.incrByFloat("n", 0.5), 7.5);
    is(db.mset("a", "1", "b", "", "c", "ümlaut"), "OK");
    is(db.msetnx("c", "1", "d", "2"), 0);
    is(db.mget("a", "b", "nothing", "c"), Arrays.asList("1", "", null, "ümlaut"));
    db.mset("x", "ohmytext", "y", "mynewtext");
    is(db.lcs("x", "y", LCSParams.LCSParams()).getMatchString(), "mytext");
    is(db.lcs("x", "y", LCSParams.LCSParams().len()).getLen(), 6);
    is(db.lcs("x", "y", LCSParams.LCSParams().idx().minMatchLen(3)).getMatches().size(), 1);
    byte[] binary = new byte[1 << 16];
    for (int index = 0; index < binary.length; index++) {
      binary[index] = (byte) index;
    }
    byte[] key = {'\r', '\n', 0, -1};
    is(db.set(key, binary), "OK");
    is(Arrays.equals(db.get(key), binary), true);
    is(db.type("a"), "string");
    is(db.objectEncoding("a"), "int");
  }

  static void expiry(Session session) throws InterruptedException {
    RedisClient db = session.db;
    db.setex("k", 3600, "v");
    between(db.ttl("k"), 3590, 3600);
    is(db.expire("k", 60, ExpiryOption.GT), 0);
    is(db.expire("k", 60, ExpiryOption.LT), 1);
    is(db.pexpire("k", 50_000), 1);
    between(db.pttl("k"), 49_000, 50_000);
    is(db.expireAt("k", 33177117420L), 1);
    is(db.expireTime("k"), 33177117420L);
    is(db.persist("k"), 1);
    is(db.ttl("k"), -1);
    is(db.ttl("nothing"), -2);
    is(db.getEx("k", GetExParams.getExParams().px(20)), "v");
    Thread.sleep(40);
    is(db.get("k"), null);
    db.mset("a", "1", "b", "2");
    is(db.exists("a", "a", "b", "c"), 3);
    is(db.copy("a", "c", false), true);
    is(db.rename("c", "d"), "OK");
    is(db.renamenx("d", "a"), 0);
    is(db.touch("a", "d"), 2);
    is(db.unlink("a", "d"), 2);
    is(db.del("b", "nothing"), 1);
    is(db.dbSize(), 0);
  }

  static void bitmaps(Session session) {
    RedisClient db = session.db;
    is(db.setbit("bits", 7, true), false);
    is(db.setbit("bits", 100, true), false);
    is(db.setbit("bits", 7, true), true);
    is(db.getbit("bits", 100), true);
    is(db.bitcount("bits"), 2);
    is(db.bitcount("bits", 8, 100, BitCountOption.BIT), 1);
    is(db.bitpos("bits", true), 7);
    is(db.bitpos("bits", true, new BitPosParams(1)), 100);
    is(db.bitpos("bits", false, new BitPosParams(7, 10).modifier(BitCountOption.BIT)), 8);
    byte[] to = {'t', 'o'};
    db.set(new byte[] {'a'}, new byte[] {(byte) 0xf0, (byte) 0xff});
    db.set(new byte[] {'b'}, new byte[] {0x3c});
    is(db.bitop(BitOP.AND, "to", "a", "b"), 2);
    is(Arrays.equals(db.get(to), new byte[] {0x30, 0}), true);
    is(db.bitop(BitOP.OR, "to", "a", "b"), 2);
    is(Arrays.equals(db.get(to), new byte[] {(byte) 0xfc, (byte) 0xff}), true);
    is(db.bitop(BitOP.XOR, "to", "a", "b"), 2);
    is(Arrays.equals(db.get(to), new byte[] {(byte) 0xcc, (byte) 0xff}), true);
    is(db.bitop(BitOP.NOT, "to", "b"), 1);
    is(Arrays.equals(db.get(to), new byte[] {(byte) 0xc3}), true);
    is(
        db.bitfield("f", "SET", "u8", "0", "250", "INCRBY", "u8", "0", "10", "GET", "u8", "0"),
        List.of(0L, 4L, 4L));
    is(db.bitfield("f", "OVERFLOW", "SAT", "INCRBY", "i4", "#3", "100"), List.of(7L));
    is(db.bitfieldReadonly("f", "GET", "u8", "0", "GET", "i4", "12"), List.of(4L, 7L));
  }

  static void hyperLogLog(Session session) {
    RedisClient db = session.db;
    is(db.pfadd("small", "a", "b", "c"), 1);
    is(db.pfadd("small", "a"), 0);
    is(db.pfcount("small"), 3);
    is(db.pfcount("nothing"), 0);
    try (Pipeline pipeline = db.pipelined()) {
      for (int number = 0; number < 20_000; number++) {
        pipeline.pfadd("large", "member:" + number);
      }
    }
    between(db.pfcount("large"), 19_500, 20_500);
    is(db.pfmerge("all", "large", "small"), "OK");
    is(db.pfcount("all"), db.pfcount("large", "small"));
    is(db.type("all"), "string");
  }
}

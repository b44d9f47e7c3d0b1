package autocache.clients;

import static autocache.clients.Session.between;
import static autocache.clients.Session.is;
import static autocache.clients.Session.isSet;
import static autocache.clients.Session.near;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.GeoCoordinate;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.args.ExpiryOption;
import redis.clients.jedis.args.GeoUnit;
import redis.clients.jedis.args.ListDirection;
import redis.clients.jedis.args.ListPosition;
import redis.clients.jedis.args.SortedSetOption;
import redis.clients.jedis.params.GeoSearchParam;
import redis.clients.jedis.params.HGetExParams;
import redis.clients.jedis.params.HSetExParams;
import redis.clients.jedis.params.LPosParams;
import redis.clients.jedis.params.ZAddParams;
import redis.clients.jedis.params.ZParams;
import redis.clients.jedis.params.ZRangeParams;
import redis.clients.jedis.resps.GeoRadiusResponse;
import redis.clients.jedis.resps.Tuple;
import redis.clients.jedis.util.KeyValue;

/** Hashes, lists, sets, sorted sets and geo. */
final class Collections {
  private Collections() {}

  static void hashes(Session session) {
    RedisClient db = session.db;
    is(db.hset("h", Map.of("f", "v", "g", "w")), 2);
    is(db.hset("h", "g", "x"), 0);
    is(db.hsetnx("h", "f", "other"), 0);
    is(db.hget("h", "f"), "v");
    is(db.hget("h", "nothing"), null);
    is(db.hmget("h", "g", "nothing", "f"), Arrays.asList("x", null, "v"));
    is(db.hincrBy("h", "n", 42), 42);
    is(db.hincrByFloat("h", "n", -0.5), 41.5);
    is(db.hgetAll("h"), Map.of("f", "v", "g", "x", "n", "41.5"));
    isSet(db.hkeys("h"), "f", "g", "n");
    isSet(db.hvals("h"), "v", "x", "41.5");
    is(db.hexists("h", "n"), true);
    is(db.hstrlen("h", "n"), 4);
    is(db.hdel("h", "n", "g", "nothing"), 2);
    is(db.hrandfield("h"), "f");
    is(db.hrandfieldWithValues("h", 1).get(0).getValue(), "v");
    is(db.objectEncoding("h"), "listpack");
    try (Pipeline pipeline = db.pipelined()) {
      for (int number = 0; number < 1000; number++) {
        pipeline.hset("h", "field:" + number, "value");
      }
    }
    is(db.objectEncoding("h"), "hashtable");
    is(db.hlen("h"), 1001);
    is(db.hgetAll("h").size(), 1001);
  }

  /** Times to live of single fields, as Redis 7.4 and Valkey 9 define them. */
  static void fieldExpiry(Session session) throws InterruptedException {
    RedisClient db = session.db;
    db.hset("h", Map.of("a", "1", "b", "2", "c", "3"));
    is(db.hexpire("h", 3600, "a", "nothing"), List.of(1L, -2L));
    between(db.httl("h", "a").get(0), 3590, 3600);
    is(db.httl("h", "b", "nothing"), List.of(-1L, -2L));
    is(db.hexpire("h", 60, ExpiryOption.GT, "a"), List.of(0L));
    is(db.hexpireAt("h", 33177117420L, "a"), List.of(1L));
    is(db.hexpireTime("h", "a"), List.of(33177117420L));
    is(db.hpersist("h", "a", "b"), List.of(1L, -1L));
    is(db.hpexpire("h", 20, "b"), List.of(1L));
    Thread.sleep(40);
    is(db.hgetAll("h"), Map.of("a", "1", "c", "3"));
    is(db.hgetex("h", HGetExParams.hGetExParams().px(50_000), "a"), List.of("1"));
    between(db.hpttl("h", "a").get(0), 49_000, 50_000);
    is(db.hsetex("h", HSetExParams.hSetExParams().ex(100), "d", "4"), 1);
    is(db.hgetdel("h", "d"), List.of("4"));
  }

  static void lists(Session session) {
    RedisClient db = session.db;
    is(db.rpush("l", "b", "c"), 2);
    is(db.lpush("l", "a"), 3);
    is(db.lpushx("nothing", "x"), 0);
    is(db.lrange("l", 0, -1), List.of("a", "b", "c"));
    is(db.lindex("l", -1), "c");
    is(db.lindex("l", 3), null);
    is(db.linsert("l", ListPosition.BEFORE, "b", "ab"), 4);
    is(db.linsert("l", ListPosition.AFTER, "nothing", "x"), -1);
    is(db.lset("l", 1, "AB"), "OK");
    db.rpush("l", "a", "a");
    is(db.lpos("l", "c"), 3);
    is(db.lpos("l", "a", LPosParams.lPosParams(), 0), List.of(0L, 4L, 5L));
    is(db.lpos("l", "a", LPosParams.lPosParams().rank(-1), 2), List.of(5L, 4L));
    is(db.lrem("l", -1, "a"), 1);
    is(db.lmove("l", "to", ListDirection.LEFT, ListDirection.RIGHT), "a");
    is(db.rpoplpush("l", "to"), "a");
    is(db.ltrim("l", 0, 1), "OK");
    is(db.lmpop(ListDirection.RIGHT, 5, "nothing", "l"), KeyValue.of("l", List.of("b", "AB")));
    is(db.exists("l"), false);
    is(db.lpop("to", 3), List.of("a", "a"));
    is(db.rpop("to"), null);
    try (Pipeline pipeline = db.pipelined()) {
      for (int number = 0; number < 1000; number++) {
        pipeline.rpush("long", "x".repeat(number % 50) + number);
      }
    }
    is(db.llen("long"), 1000);
    is(db.objectEncoding("long"), "quicklist");
    is(db.lrange("long", 500, 501), List.of("500", "x501"));
  }

  static void sets(Session session) {
    RedisClient db = session.db;
    is(db.sadd("numbers", "1", "2", "3", "3"), 3);
    is(db.objectEncoding("numbers"), "intset");
    is(db.sadd("s", "a", "b", "c"), 3);
    is(db.sismember("s", "a"), true);
    is(db.smismember("s", "a", "z", "c"), List.of(true, false, true));
    isSet(db.smembers("s"), "a", "b", "c");
    db.sadd("t", "b", "c", "d");
    isSet(db.sinter("s", "t"), "b", "c");
    isSet(db.sunion("s", "t"), "a", "b", "c", "d");
    isSet(db.sdiff("s", "t"), "a");
    is(db.sintercard(1, "s", "t"), 1);
    is(db.sinterstore("to", "s", "t"), 2);
    is(db.sunionstore("to", "s", "t"), 4);
    is(db.sdiffstore("to", "s", "nothing"), 3);
    is(db.smove("s", "t", "a"), 1);
    is(db.srem("s", "b", "z"), 1);
    is(db.srandmember("s", -3), List.of("c", "c", "c"));
    is(db.spop("s"), "c");
    is(db.spop("s"), null);
    try (Pipeline pipeline = db.pipelined()) {
      for (int number = 0; number < 1000; number++) {
        pipeline.sadd("numbers", "member:" + number);
      }
    }
    is(db.objectEncoding("numbers"), "hashtable");
    is(db.spop("numbers", 10).size(), 10);
    is(db.scard("numbers"), 993);
  }

  private static Tuple tuple(String member, double score) {
    return new Tuple(member, score);
  }

  static void sortedSets(Session session) {
    RedisClient db = session.db;
    is(db.zadd("z", Map.of("a", 1.0, "b", 2.0, "c", 3.0)), 3);
    is(db.zadd("z", 9, "a", ZAddParams.zAddParams().nx()), 0);
    is(db.zadd("z", 1.5, "a", ZAddParams.zAddParams().xx().gt().ch()), 1);
    is(db.zaddIncr("z", -0.5, "a", ZAddParams.zAddParams()), 1.0);
    is(db.zincrby("z", 0.25, "c"), 3.25);
    is(db.zscore("z", "c"), 3.25);
    is(db.zscore("z", "nothing"), null);
    is(db.zmscore("z", "a", "nothing"), Arrays.asList(1.0, null));
    is(db.zrank("z", "c"), 2);
    is(db.zrevrank("z", "c"), 0);
    is(db.zrank("z", "nothing"), null);
    is(db.zrange("z", 0, -1), List.of("a", "b", "c"));
    is(db.zrevrange("z", 0, 0), List.of("c"));
    is(db.zrangeWithScores("z", -1, -1), List.of(tuple("c", 3.25)));
    is(db.zrangeByScore("z", "(1", "+inf", 1, 1), List.of("c"));
    is(db.zrevrangeByScore("z", "2", "-inf"), List.of("b", "a"));
    is(db.zrange("z", ZRangeParams.zrangeByScoreParams(4, 2.5).rev()), List.of("c"));
    is(db.zrangestore("to", "z", ZRangeParams.zrangeParams(0, 1)), 2);
    is(db.zcount("z", "1", "(3.25"), 2);
    db.zadd("lex", Map.of("a", 0.0, "b", 0.0, "c", 0.0));
    is(db.zrangeByLex("lex", "(a", "[c"), List.of("b", "c"));
    is(db.zlexcount("lex", "-", "+"), 3);
    is(db.zremrangeByLex("lex", "-", "[a"), 1);
    db.zadd("y", Map.of("b", 10.0, "d", 20.0));
    is(
        db.zunionWithScores(new ZParams().weights(2, 1).aggregate(ZParams.Aggregate.MAX), "z", "y"),
        List.of(tuple("a", 2), tuple("c", 6.5), tuple("b", 10), tuple("d", 20)));
    is(db.zinterWithScores(new ZParams(), "z", "y"), List.of(tuple("b", 12)));
    is(db.zdiff("z", "y"), List.of("a", "c"));
    is(db.zintercard("z", "y"), 1);
    is(db.zunionstore("to", "z", "y"), 4);
    is(db.zinterstore("to", "z", "y"), 1);
    is(db.zdiffstore("to", "z", "y"), 2);
    is(db.zpopmin("z"), tuple("a", 1));
    is(db.zpopmax("z", 1), List.of(tuple("c", 3.25)));
    is(db.zmpop(SortedSetOption.MIN, 2, "nothing", "z"), KeyValue.of("z", List.of(tuple("b", 2))));
    is(db.zrem("y", "b"), 1);
    is(db.zrandmemberWithScores("y", 1), List.of(tuple("d", 20)));
    try (Pipeline pipeline = db.pipelined()) {
      for (int number = 0; number < 1000; number++) {
        pipeline.zadd("large", number, "member:" + number);
      }
    }
    is(db.objectEncoding("y"), "listpack");
    is(db.objectEncoding("large"), "skiplist");
    is(db.zrank("large", "member:777"), 777);
    is(db.zremrangeByRank("large", 0, 99), 100);
    is(db.zremrangeByScore("large", "(900", "+inf"), 99);
    is(db.zcard("large"), 801);
  }

  static void geo(Session session) {
    RedisClient db = session.db;
    GeoCoordinate palermo = new GeoCoordinate(13.361389, 38.115556);
    GeoCoordinate catania = new GeoCoordinate(15.087269, 37.502669);
    is(db.geoadd("sicily", Map.of("Palermo", palermo, "Catania", catania)), 2);
    near(db.geodist("sicily", "Palermo", "Catania", GeoUnit.KM), 166.2742);
    is(db.geodist("sicily", "Palermo", "nothing"), null);
    is(db.geohash("sicily", "Palermo", "Catania"), List.of("sqc8b49rny0", "sqdtr74hyu0"));
    List<GeoCoordinate> positions = db.geopos("sicily", "Palermo", "nothing");
    near(positions.get(0).getLongitude(), 13.361389);
    near(positions.get(0).getLatitude(), 38.115556);
    is(positions.get(1), null);
    GeoSearchParam circle = new GeoSearchParam().fromLonLat(15, 37).byRadius(200, GeoUnit.KM).asc();
    is(
        db.geosearch("sicily", circle).stream().map(GeoRadiusResponse::getMemberByString).toList(),
        List.of("Catania", "Palermo"));
    GeoSearchParam box = new GeoSearchParam().fromMember("Palermo").byBox(400, 400, GeoUnit.KM).desc().count(1);
    GeoRadiusResponse found = db.geosearch("sicily", box.withCoord().withDist().withHash()).get(0);
    is(found.getMemberByString(), "Catania");
    is(found.getRawScore(), 3479447370796909L);
    near(found.getDistance(), 166.2742);
    near(found.getCoordinate().getLatitude(), 37.502669);
    is(db.geosearchStoreStoreDist("near", "sicily", circle), 2);
    near(db.zscore("near", "Catania"), 56.4413);
    is(db.georadiusByMember("sicily", "Palermo", 100, GeoUnit.KM).size(), 1);
  }
}

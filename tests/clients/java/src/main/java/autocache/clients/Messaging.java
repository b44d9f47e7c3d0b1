package autocache.clients;

import static autocache.clients.Session.between;
import static autocache.clients.Session.check;
import static autocache.clients.Session.fails;
import static autocache.clients.Session.is;
import static autocache.clients.Session.woken;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.args.ListDirection;
import redis.clients.jedis.args.SortedSetOption;
import redis.clients.jedis.params.RestoreParams;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SortingParams;
import redis.clients.jedis.resps.ScanResult;
import redis.clients.jedis.resps.Tuple;
import redis.clients.jedis.util.KeyValue;

/** Transactions, pipelines, cursors, SORT, DUMP, pub/sub and blocking commands. */
final class Messaging {
  private Messaging() {}

  static void transactions(Session session) {
    RedisClient db = session.db;
    try (AbstractTransaction transaction = db.multi()) {
      transaction.set("k", "1");
      Response<Long> incremented = transaction.incr("k");
      transaction.rpush("l", "a", "b");
      Response<List<String>> range = transaction.lrange("l", 0, -1);
      is(transaction.exec().size(), 4);
      is(incremented.get(), 2);
      is(range.get(), List.of("a", "b"));
    }
    try (AbstractTransaction transaction = db.multi()) {
      transaction.lpush("k", "x");
      transaction.incr("k");
      List<Object> replies = transaction.exec();
      check(replies.get(0).toString().contains("WRONGTYPE"), "got " + replies.get(0));
      is(replies.get(1), 3);
    }
    try (AbstractTransaction transaction = db.multi()) {
      transaction.set("k", "discarded");
      is(transaction.discard(), "OK");
    }
    try (AbstractTransaction transaction = db.transaction(false)) {
      transaction.watch("k");
      db.set("k", "100");
      transaction.multi();
      transaction.set("k", "4");
      is(transaction.exec(), null);
    }
    is(db.get("k"), "100");
  }

  static void pipelines(Session session) throws Exception {
    List<Response<String>> values = new ArrayList<>();
    try (Pipeline pipeline = session.db.pipelined()) {
      for (int number = 0; number < 2000; number++) {
        pipeline.set("k:" + number, "" + number);
        values.add(pipeline.get("k:" + number));
      }
      Response<Long> wrong = pipeline.lpush("k:1", "x");
      Response<String> after = pipeline.get("k:1");
      pipeline.sync();
      fails("WRONGTYPE", wrong::get);
      is(after.get(), "1");
    }
    for (int number = 0; number < 2000; number++) {
      is(values.get(number).get(), "" + number);
    }
  }

  private interface Step {
    ScanResult<?> from(String cursor);
  }

  /** How many different elements a cursor yields until its end. */
  private static int collect(Step step) {
    Set<Object> seen = new HashSet<>();
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      ScanResult<?> batch = step.from(cursor);
      seen.addAll(batch.getResult());
      cursor = batch.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    return seen.size();
  }

  static void scans(Session session) {
    RedisClient db = session.db;
    try (Pipeline pipeline = db.pipelined()) {
      for (int number = 0; number < 1000; number++) {
        String name = String.format("item:%04d", number);
        pipeline.set(name, "" + number);
        pipeline.hset("hash", name, "value");
        pipeline.sadd("set", name);
        pipeline.zadd("zset", number, name);
      }
    }
    ScanParams fifty = new ScanParams().count(50);
    is(collect(cursor -> db.scan(cursor, fifty)), 1003);
    is(collect(cursor -> db.scan(cursor, new ScanParams().match("item:00*"))), 100);
    is(collect(cursor -> db.scan(cursor, fifty, "zset")), 1);
    is(collect(cursor -> db.sscan("set", cursor, new ScanParams().match("*9"))), 100);
    is(collect(cursor -> db.hscan("hash", cursor, fifty)), 1000);
    is(collect(cursor -> db.zscan("zset", cursor, new ScanParams().match("item:000?"))), 10);
    is(db.keys("item:*5").size(), 100);
  }

  static void sort(Session session) {
    RedisClient db = session.db;
    db.rpush("l", "3", "1", "10", "2");
    is(db.sort("l"), List.of("1", "2", "3", "10"));
    is(db.sort("l", new SortingParams().desc().limit(1, 2)), List.of("3", "2"));
    is(db.sortReadonly("l", new SortingParams().alpha()), List.of("1", "10", "2", "3"));
    db.mset("w:1", "4", "w:2", "3", "w:3", "2", "w:10", "1");
    db.hset("name:1", "n", "one");
    is(
        db.sort("l", new SortingParams().by("w:*").get("#", "name:*->n")),
        Arrays.asList("10", null, "3", null, "2", null, "1", "one"));
    is(db.sort("l", new SortingParams().nosort(), "to"), 4);
    is(db.lrange("to", 0, -1), List.of("3", "1", "10", "2"));
  }

  static void dumpAndRestore(Session session) throws Exception {
    RedisClient db = session.db;
    db.set("string", "value");
    db.rpush("list", "a", "b");
    db.sadd("set", "1", "2");
    db.hset("hash", "f", "v");
    db.zadd("zset", 1.5, "m");
    db.xadd("stream", StreamEntryID.NEW_ENTRY, Map.of("f", "v"));
    for (String key : List.of("string", "list", "set", "hash", "zset", "stream")) {
      byte[] payload = db.dump(key);
      fails("BUSYKEY", () -> db.restore(key, 0, payload));
      is(db.restore("copy", 100_000, payload), "OK");
      is(db.restore("copy", 0, payload, RestoreParams.restoreParams().replace()), "OK");
      is(db.type("copy"), key);
      is(Arrays.equals(db.dump("copy"), payload), true);
      byte[] corrupt = Arrays.copyOf(payload, payload.length - 1);
      fails("ERR DUMP payload", () -> db.restore("corrupt", 0, corrupt));
      db.del("copy");
    }
    is(db.dump("nothing"), null);
  }

  /** Demands the next thing that a subscriber heard. */
  private static void heard(BlockingQueue<String> queue, String wanted) throws InterruptedException {
    is(queue.poll(10, TimeUnit.SECONDS), wanted);
  }

  /** What PUBSUB replies, as text. */
  private static String pubSubInfo(RedisClient db, String... arguments) {
    return text(db.sendCommand(Protocol.Command.PUBSUB, arguments));
  }

  private static String text(Object reply) {
    if (reply instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
    return reply instanceof List<?> list ? list.stream().map(Messaging::text).toList().toString() : "" + reply;
  }

  static void pubSub(Session session) throws Exception {
    RedisClient db = session.db;
    BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    JedisPubSub subscriber =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int count) {
            queue.add("+" + channel + " " + count);
          }

          @Override
          public void onPSubscribe(String pattern, int count) {
            queue.add("+" + pattern + " " + count);
          }

          @Override
          public void onUnsubscribe(String channel, int count) {
            queue.add("-" + channel + " " + count);
          }

          @Override
          public void onPUnsubscribe(String pattern, int count) {
            queue.add("-" + pattern + " " + count);
          }

          @Override
          public void onMessage(String channel, String message) {
            queue.add(channel + ": " + message);
          }

          @Override
          public void onPMessage(String pattern, String channel, String message) {
            queue.add(pattern + " " + channel + ": " + message);
          }
        };
    Thread thread = new Thread(() -> db.subscribe(subscriber, "news", "weather"));
    thread.start();
    heard(queue, "+news 1");
    heard(queue, "+weather 2");
    subscriber.psubscribe("n?ws", "sport.*");
    heard(queue, "+n?ws 3");
    heard(queue, "+sport.* 4");
    is(db.publish("news", "hello"), 2);
    heard(queue, "news: hello");
    heard(queue, "n?ws news: hello");
    is(db.publish("sport.chess", "e4\0\r\n"), 1);
    heard(queue, "sport.* sport.chess: e4\0\r\n");
    is(pubSubInfo(db, "CHANNELS", "n*"), "[news]");
    is(pubSubInfo(db, "NUMSUB", "news", "nobody"), "[news, 1, nobody, 0]");
    is(pubSubInfo(db, "NUMPAT"), "2");
    subscriber.unsubscribe("news");
    heard(queue, "-news 3");
    subscriber.punsubscribe("n?ws", "sport.*");
    heard(queue, "-n?ws 2");
    heard(queue, "-sport.* 1");
    is(db.publish("news", "unheard"), 0);
    subscriber.unsubscribe("weather");
    heard(queue, "-weather 0");
    thread.join(10_000);
    is(thread.isAlive(), false);
  }

  static void shardedPubSub(Session session) throws Exception {
    RedisClient db = session.db;
    BlockingQueue<String> queue = new LinkedBlockingQueue<>();
    JedisShardedPubSub subscriber =
        new JedisShardedPubSub() {
          @Override
          public void onSSubscribe(String channel, int count) {
            queue.add("+" + channel + " " + count);
          }

          @Override
          public void onSUnsubscribe(String channel, int count) {
            queue.add("-" + channel + " " + count);
          }

          @Override
          public void onSMessage(String channel, String message) {
            queue.add(channel + ": " + message);
          }
        };
    Connection connection = session.connection();
    Thread thread = new Thread(() -> subscriber.proceed(connection, "orders"));
    thread.start();
    heard(queue, "+orders 1");
    is(db.publish("orders", "not for shards"), 0);
    is(db.sendCommand(Protocol.Command.SPUBLISH, "orders", "42"), 1);
    heard(queue, "orders: 42");
    is(pubSubInfo(db, "SHARDCHANNELS"), "[orders]");
    is(pubSubInfo(db, "SHARDNUMSUB", "orders"), "[orders, 1]");
    subscriber.sunsubscribe("orders");
    heard(queue, "-orders 0");
    thread.join(10_000);
    is(db.sendCommand(Protocol.Command.SPUBLISH, "orders", "43"), 0);
  }

  static void blockingLists(Session session) throws Exception {
    RedisClient db = session.db;
    is(
        woken(() -> db.blpop(10, "first", "second"), () -> db.rpush("second", "v", "w")),
        List.of("second", "v"));
    is(db.brpop(10, "first", "second"), List.of("second", "w"));
    long begin = System.nanoTime();
    is(db.blpop(0.2, "first"), null);
    between((System.nanoTime() - begin) / 1e6, 180, 10_000);
    is(
        woken(
            () -> db.blmove("from", "to", ListDirection.LEFT, ListDirection.RIGHT, 10),
            () -> db.lpush("from", "moved")),
        "moved");
    is(db.brpoplpush("to", "from", 1), "moved");
    is(db.blmpop(1, ListDirection.LEFT, 3, "nothing", "from"), KeyValue.of("from", List.of("moved")));
    Runnable transaction =
        () -> {
          try (AbstractTransaction steps = db.multi()) {
            steps.rpush("q", "a");
            steps.del("q");
            steps.rpush("q", "b");
            steps.exec();
          }
        };
    is(woken(() -> db.blpop(10, "q"), transaction), List.of("q", "b"));
  }

  static void blockingSortedSets(Session session) throws Exception {
    RedisClient db = session.db;
    is(
        woken(() -> db.bzpopmin(10, "nothing", "z"), () -> db.zadd("z", Map.of("b", 2.0, "a", 1.0))),
        KeyValue.of("z", new Tuple("a", 1.0)));
    is(db.bzpopmax(10, "z"), KeyValue.of("z", new Tuple("b", 2.0)));
    is(db.bzpopmin(0.1, "z"), null);
    is(
        woken(() -> db.bzmpop(10, SortedSetOption.MAX, 5, "z"), () -> db.zadd("z", 3, "c")),
        KeyValue.of("z", List.of(new Tuple("c", 3.0))));
  }

  static void errors(Session session) throws Exception {
    RedisClient db = session.db;
    db.set("k", "text");
    fails("ERR value is not an integer", () -> db.incr("k"));
    fails("WRONGTYPE", () -> db.hget("k", "f"));
    fails("ERR unknown command", () -> db.sendCommand(() -> "BOGUS".getBytes(StandardCharsets.UTF_8), "x"));
    fails("ERR wrong number of arguments", () -> db.sendCommand(Protocol.Command.GET));
    is(db.get("k"), "text");
  }
}

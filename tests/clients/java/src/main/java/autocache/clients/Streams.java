package autocache.clients;

import static autocache.clients.Session.fails;
import static autocache.clients.Session.is;
import static autocache.clients.Session.woken;

import java.util.List;
import java.util.Map;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.params.XReadParams;
import redis.clients.jedis.params.XTrimParams;
import redis.clients.jedis.resps.StreamEntry;
import redis.clients.jedis.resps.StreamGroupInfo;
import redis.clients.jedis.resps.StreamPendingEntry;
import redis.clients.jedis.resps.StreamPendingSummary;

/** Streams, alone and with consumer groups. */
final class Streams {
  private Streams() {}

  private static StreamEntryID id(long number) {
    return new StreamEntryID(number, 0);
  }

  /** Adds entries 1-0 to count-0, with their number as the value. */
  private static void fill(RedisClient db, int count) {
    for (int number = 1; number <= count; number++) {
      is(db.xadd("s", id(number), Map.of("f", "" + number)), id(number));
    }
  }

  /** Demands the entries that `fill` made under these numbers. */
  private static void entries(List<StreamEntry> got, Integer... wanted) {
    is(got.stream().map(StreamEntry::getID).toList(), List.of(wanted).stream().map(Streams::id).toList());
    for (StreamEntry entry : got) {
      is(entry.getFields(), Map.of("f", "" + entry.getID().getTime()));
    }
  }

  private static StreamEntryID id(Integer number) {
    return id(number.longValue());
  }

  static void streams(Session session) throws Exception {
    RedisClient db = session.db;
    fill(db, 5);
    fails("ERR The ID specified", () -> db.xadd("s", id(5), Map.of("f", "1")));
    is(db.xadd("nothing", XAddParams.xAddParams().noMkStream(), Map.of("f", "1")), null);
    is(db.xlen("s"), 5);
    entries(db.xrange("s", "(1", "3"), 2, 3);
    entries(db.xrange("s", "-", "+", 1), 1);
    entries(db.xrevrange("s", "+", "-", 1), 5);
    Map<String, List<StreamEntry>> read =
        db.xreadAsMap(new XReadParams(), Map.of("s", id(3), "nothing", id(0)));
    is(read.size(), 1);
    entries(read.get("s"), 4, 5);
    is(db.xread(new XReadParams(), Map.of("s", id(5))), null);
    is(db.xdel("s", id(3), id(9)), 1);
    is(db.xtrim("s", 3, false), 1);
    is(db.xtrim("s", XTrimParams.xTrimParams().minId("4-0")), 1);
    entries(db.xrange("s", "-", "+"), 4, 5);
    is(db.xadd("s", XAddParams.xAddParams().id("6-*").maxLen(2), Map.of("f", "6")), id(6));
    is(db.xinfoStream("s").getLength(), 2);
    is(db.xinfoStream("s").getLastGeneratedId(), id(6));
    is(db.xinfoStream("s").getFirstEntry().getID(), id(5));
    is(db.xinfoStream("s").getStreamInfo().get("entries-added"), 6);
    db.xadd("clock", StreamEntryID.NEW_ENTRY, Map.of("f", "1"));
    is(db.type("clock"), "stream");
  }

  private static List<StreamEntry> readGroup(RedisClient db, String consumer, StreamEntryID from, int count) {
    Map<String, List<StreamEntry>> reply =
        db.xreadGroupAsMap("g", consumer, new XReadGroupParams().count(count), Map.of("s", from));
    return reply == null ? null : reply.get("s");
  }

  static void consumerGroups(Session session) throws Exception {
    RedisClient db = session.db;
    StreamEntryID unseen = StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY;
    is(db.xgroupCreate("s", "g", id(0), true), "OK");
    fails("BUSYGROUP", () -> db.xgroupCreate("s", "g", id(0), false));
    fill(db, 4);
    entries(readGroup(db, "alice", unseen, 2), 1, 2);
    entries(readGroup(db, "bob", unseen, 1), 3);
    is(db.xack("s", "g", id(1), id(9)), 1);
    entries(readGroup(db, "alice", id(0), 9), 2);
    StreamPendingSummary summary = db.xpending("s", "g");
    is(summary.getTotal(), 2);
    is(List.of(summary.getMinId(), summary.getMaxId()), List.of(id(2), id(3)));
    is(summary.getConsumerMessageCount(), Map.of("alice", 1L, "bob", 1L));
    StreamPendingEntry pending = db.xpending("s", "g", new XPendingParams("-", "+", 9).consumer("alice")).get(0);
    is(pending.getID(), id(2));
    is(pending.getDeliveredTimes(), 2);
    entries(db.xclaim("s", "g", "bob", 0, new XClaimParams(), id(2)), 2);
    is(db.xclaimJustId("s", "g", "bob", 3_600_000, new XClaimParams(), id(2)), List.of());
    Map.Entry<StreamEntryID, List<StreamEntry>> claimed =
        db.xautoclaim("s", "g", "carol", 0, id(0), new XAutoClaimParams().count(1));
    is(claimed.getKey(), id(3));
    entries(claimed.getValue(), 2);
    StreamGroupInfo group = db.xinfoGroups("s").get(0);
    is(group.getName(), "g");
    is(List.of(group.getConsumers(), group.getPending()), List.of(3L, 2L));
    is(group.getLastDeliveredId(), id(3));
    is(group.getGroupInfo().get("lag"), 1);
    is(db.xinfoConsumers2("s", "g").size(), 3);
    is(db.xinfoConsumers2("s", "g").get(2).getName(), "carol");
    is(db.xinfoStreamFull("s", 2).getEntries().size(), 2);
    is(db.xinfoStreamFull("s", 2).getGroups().size(), 1);
    is(db.xgroupSetID("s", "g", id(4)), "OK");
    is(readGroup(db, "alice", unseen, 1), null);
    is(db.xgroupCreateConsumer("s", "g", "dave"), true);
    is(db.xgroupDelConsumer("s", "g", "carol"), 1);
    is(db.xgroupDestroy("s", "g"), 1);
    fails("NOGROUP", () -> readGroup(db, "alice", unseen, 1));
  }

  static void blockingStreams(Session session) throws Exception {
    RedisClient db = session.db;
    Map<String, StreamEntryID> end = Map.of("s", StreamEntryID.XREAD_NEW_ENTRY);
    entries(
        woken(
                () -> db.xreadAsMap(new XReadParams().block(10_000), end),
                () -> db.xadd("s", id(1), Map.of("f", "1")))
            .get("s"),
        1);
    is(db.xread(new XReadParams().block(50), end), null);
    db.xgroupCreate("s", "g", StreamEntryID.XGROUP_LAST_ENTRY, false);
    Map<String, StreamEntryID> unseen = Map.of("s", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY);
    entries(
        woken(
                () -> db.xreadGroupAsMap("g", "c", new XReadGroupParams().block(10_000), unseen),
                () -> db.xadd("s", id(2), Map.of("f", "2")))
            .get("s"),
        2);
  }
}

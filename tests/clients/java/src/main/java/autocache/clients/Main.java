package autocache.clients;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisProtocol;

/**
 * Drives every data type, transactions, pub/sub and blocking commands of a server through Jedis, over RESP2 and RESP3,
 * and asserts the results as the library hands them out.
 *
 * <p>Arguments: {@code ADDRESS [--field-expiry]}. A line is printed for each section that passed and {@code N passed}
 * at the end. The first wrong result ends the program with exit code 1 and a message that names its section, file and
 * line. {@code --field-expiry} adds the commands that redis-server 7.0 does not have. The server's data is deleted.
 */
public final class Main {
  private interface Section {
    void run(Session session) throws Exception;
  }

  private Main() {}

  public static void main(String[] arguments) {
    if (arguments.length == 0) {
      System.err.println("usage: jedis-client ADDRESS [--field-expiry]");
      System.exit(2);
    }
    Map<String, Section> sections = sections(List.of(arguments).contains("--field-expiry"));
    int passed = 0;
    for (RedisProtocol protocol : new RedisProtocol[] {RedisProtocol.RESP2, RedisProtocol.RESP3}) {
      for (Map.Entry<String, Section> section : sections.entrySet()) {
        String name = protocol + " " + section.getKey();
        try (Session session = new Session(HostAndPort.from(arguments[0]), protocol)) {
          section.getValue().run(session);
        } catch (Exception | AssertionError error) {
          System.err.printf("jedis: FAILED in %s: %s%n", name, error);
          error.printStackTrace();
          System.exit(1);
        }
        System.out.println("ok " + name);
        passed++;
      }
    }
    System.out.println(passed + " passed");
    System.exit(0);
  }

  private static Map<String, Section> sections(boolean fieldExpiry) {
    Map<String, Section> sections = new LinkedHashMap<>();
    sections.put("strings", Values::strings);
    sections.put("expiry", Values::expiry);
    sections.put("bitmaps", Values::bitmaps);
    sections.put("hyperloglog", Values::hyperLogLog);
    sections.put("hashes", Collections::hashes);
    sections.put("lists", Collections::lists);
    sections.put("sets", Collections::sets);
    sections.put("sorted sets", Collections::sortedSets);
    sections.put("geo", Collections::geo);
    sections.put("streams", Streams::streams);
    sections.put("consumer groups", Streams::consumerGroups);
    sections.put("transactions", Messaging::transactions);
    sections.put("pipelines", Messaging::pipelines);
    sections.put("scans", Messaging::scans);
    sections.put("sort", Messaging::sort);
    sections.put("dump and restore", Messaging::dumpAndRestore);
    sections.put("pub/sub", Messaging::pubSub);
    sections.put("sharded pub/sub", Messaging::shardedPubSub);
    sections.put("blocking lists", Messaging::blockingLists);
    sections.put("blocking sorted sets", Messaging::blockingSortedSets);
    sections.put("blocking streams", Streams::blockingStreams);
    sections.put("errors", Messaging::errors);
    if (fieldExpiry) {
      sections.put("field expiry", Collections::fieldExpiry);
    }
    return sections;
  }
}

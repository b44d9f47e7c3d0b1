package autocache.clients;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisDataException;

/** What a section works with: a client of an emptied server, further connections, and checks. */
final class Session implements AutoCloseable {
  /** A wakeful peer acts this long after the blocking command was sent; it is parked by then. */
  static final long PEER_DELAY_MS = 100;

  /** No reply is awaited longer than this, so that a command that never answers is a failure instead of a hang. */
  private static final int TIMEOUT_MS = 15_000;

  final RedisClient db;
  private final HostAndPort address;
  private final DefaultJedisClientConfig config;
  private final List<Connection> connections = new ArrayList<>();

  Session(HostAndPort address, RedisProtocol protocol) {
    this.address = address;
    this.config =
        DefaultJedisClientConfig.builder()
            .protocol(protocol)
            .socketTimeoutMillis(TIMEOUT_MS)
            .blockingSocketTimeoutMillis(TIMEOUT_MS)
            .build();
    this.db = RedisClient.builder().hostAndPort(address).clientConfig(config).build();
    db.flushAll();
  }

  /** A connection of its own, closed with the session. */
  Connection connection() {
    Connection connection = new Connection(address, config);
    connections.add(connection);
    return connection;
  }

  @Override
  public void close() {
    connections.forEach(Connection::close);
    db.close();
  }

  // -- checks --------------------------------------------------------------------------------------

  /** Demands equality; numbers are compared as long integers. */
  static void is(Object got, Object wanted) {
    Object widened = got instanceof Integer number ? Long.valueOf(number) : got;
    Object expected = wanted instanceof Integer number ? Long.valueOf(number) : wanted;
    check(Objects.equals(widened, expected), "got " + got + ", wanted " + wanted);
  }

  /** Demands these members in any order. */
  static void isSet(Collection<String> got, String... wanted) {
    is(new TreeSet<>(got), new TreeSet<>(List.of(wanted)));
    is(got.size(), wanted.length);
  }

  static void between(double got, double least, double most) {
    check(got >= least && got <= most, "got " + got + ", wanted " + least + " to " + most);
  }

  /** Demands a floating-point number, but for rounding. */
  static void near(double got, double wanted) {
    between(got, wanted - 1e-3 * Math.max(1, Math.abs(wanted)), wanted + 1e-3 * Math.max(1, Math.abs(wanted)));
  }

  /** Demands an error reply that begins so. */
  static void fails(String prefix, Callable<?> command) throws Exception {
    Object reply;
    try {
      reply = command.call();
    } catch (JedisDataException error) {
      check(error.getMessage().startsWith(prefix), "got " + error.getMessage() + ", wanted " + prefix);
      return;
    }
    check(false, "got " + reply + ", wanted an error that begins with " + prefix);
  }

  static void check(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }

  /** Runs a blocking command and, once it is parked, what wakes it; returns the command's reply. */
  static <T> T woken(Callable<T> blocking, Runnable wake) throws Exception {
    CompletableFuture<Void> peer =
        CompletableFuture.runAsync(
            wake, CompletableFuture.delayedExecutor(PEER_DELAY_MS, TimeUnit.MILLISECONDS));
    long begin = System.nanoTime();
    T reply = blocking.call();
    between((System.nanoTime() - begin) / 1e6, PEER_DELAY_MS - 20, TIMEOUT_MS);
    peer.get();
    return reply;
  }
}

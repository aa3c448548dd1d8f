package io.rivulet.bench.sessions;

import io.rivulet.bench.readers.ReadAddress;
import io.rivulet.bench.readers.ReadProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Owned by the main thread. Redis streams, written to directly and read through a small relay of
 * Node. The relay has a connection to Redis for each session that is read.
 */
public final class RedisRelay implements SessionServer {
  private static final String HOST = "127.0.0.1";

  private final PeerDurability durability;
  private final int redisPort = ServerProcess.freePort();
  private final int port = ServerProcess.freePort();
  private final ServerProcess redis;
  private final ServerProcess relay;

  /**
   * Starts both; returns when they are ready.
   *
   * @param folder for their data and their output
   */
  public RedisRelay(NodePrograms programs, PeerDurability durability, Path folder) {
    this.durability = durability;
    List<String> relayCommand =
        programs.command("redis-relay.js", Integer.toString(port), Integer.toString(redisPort));
    redis = new ServerProcess(redisCommand(folder), Map.of(), folder.resolve("redis.out"));
    relay = new ServerProcess(relayCommand, Map.of(), folder.resolve("relay.out"));
    redis.start(() -> ServerProcess.isOpen(redisPort));
    try {
      relay.start(() -> ServerProcess.isOpen(port));
    } catch (RuntimeException failure) {
      redis.close();
      throw failure;
    }
  }

  private List<String> redisCommand(Path folder) {
    List<String> command =
        new ArrayList<>(
            List.of(
                NodePrograms.program("redis-server", "install Redis (Debian: redis-server)"),
                "--port",
                Integer.toString(redisPort),
                "--bind",
                HOST,
                "--dir",
                folder.toString(),
                "--maxclients",
                "20000",
                "--save",
                ""));
    switch (durability) {
      case FSYNC -> command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always"));
      case INTERVAL -> command.addAll(List.of("--appendonly", "yes", "--appendfsync", "everysec"));
      case MEMORY -> command.addAll(List.of("--appendonly", "no"));
    }
    return command;
  }

  @Override
  public void make(int sessions, ReadProtocol protocol) {
    // The first message makes a stream.
  }

  @Override
  public ReadAddress address(ReadProtocol protocol) {
    if (protocol != ReadProtocol.EVENTS) {
      throw new IllegalArgumentException(
          "the peer redis-relay is read with --protocol events only");
    }
    return new PathAddress(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        protocol,
        (session, _) -> "/s" + session);
  }

  @Override
  public SessionWriter writer() {
    return new RedisWriter(HOST + ":" + redisPort);
  }

  @Override
  public List<Long> pids() {
    return List.of(redis.pid(), relay.pid());
  }

  @Override
  public String durability() {
    return durability.toString();
  }

  @Override
  public void kill() {
    throw new UnsupportedOperationException(
        "redis-relay can't be measured here: the relay does not outlive its Redis");
  }

  @Override
  public void startAgain() {
    kill();
  }

  @Override
  public String toString() {
    return "redis-relay";
  }

  @Override
  public void close() {
    relay.close();
    redis.close();
  }
}

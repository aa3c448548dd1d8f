package io.rivulet.bench.sessions;

import io.rivulet.bench.readers.ReadAddress;
import io.rivulet.bench.readers.ReadProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Owned by the main thread. The reference server of Durable Streams, a process of Node. */
public final class DurableStreamsServer implements SessionServer {
  private static final String TOPIC = "bench-sse";

  private final PeerDurability durability;
  private final int port = ServerProcess.freePort();
  private final ServerProcess process;

  /**
   * Starts it; returns when it is ready.
   *
   * @param folder for its data and its output
   */
  public DurableStreamsServer(NodePrograms programs, PeerDurability durability, Path folder) {
    this.durability = durability;
    String number = Integer.toString(port);
    List<String> command =
        switch (durability) {
          case FSYNC ->
              programs.command("durable-streams.js", number, folder.resolve("data").toString());
          case MEMORY -> programs.command("durable-streams.js", number);
          case INTERVAL ->
              throw new IllegalArgumentException(
                  "durable-streams has no durability interval, only fsync and memory");
        };
    process = new ServerProcess(command, Map.of(), folder.resolve("server.out"));
    process.start(() -> ServerProcess.isOpen(port));
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public void make(int sessions, ReadProtocol protocol) {
    DurableStreamsWriter.make(address(), TOPIC, sessions);
  }

  @Override
  public ReadAddress address(ReadProtocol protocol) {
    if (protocol != ReadProtocol.DURABLE_STREAMS) {
      throw new IllegalArgumentException(
          "the peer durable-streams is read with --protocol durable-streams only");
    }
    return new PathAddress(
        address(),
        protocol,
        (session, place) -> PathAddress.live(DurableStreamsWriter.path(TOPIC, session), place));
  }

  @Override
  public SessionWriter writer() {
    return new DurableStreamsWriter(address(), TOPIC);
  }

  @Override
  public List<Long> pids() {
    return List.of(process.pid());
  }

  @Override
  public String durability() {
    return durability.toString();
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void startAgain() {
    if (durability == PeerDurability.MEMORY) {
      throw new IllegalStateException("durable-streams has nothing on disk to start again on");
    }
    process.start(() -> ServerProcess.isOpen(port));
  }

  @Override
  public String toString() {
    return "durable-streams";
  }

  @Override
  public void close() {
    process.close();
  }
}

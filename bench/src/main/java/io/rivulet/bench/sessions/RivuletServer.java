package io.rivulet.bench.sessions;

import io.rivulet.bench.readers.ReadAddress;
import io.rivulet.bench.readers.ReadProtocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Owned by the main thread. Rivulet; sessions are lite topics of one topic. */
public final class RivuletServer implements SessionServer {
  private static final String TOPIC = "bench-sse";
  private static final String HOST = "127.0.0.1";
  private static final int OK = 200;
  private static final int PATIENCE_MILLIS = 5000;

  private final Map<String, String> settings;
  private final int grpcPort = ServerProcess.freePort();
  private final int httpPort = ServerProcess.freePort();
  private final ServerProcess process;

  /**
   * Starts it; returns when it is ready.
   *
   * @param command what starts a server, such as ./rivulet
   * @param heap its most heap, such as 2g; empty: as it is usual
   * @param folder for its data and its output
   */
  public RivuletServer(Path command, Map<String, String> settings, String heap, Path folder) {
    this.settings = Map.copyOf(settings);
    List<String> words =
        new ArrayList<>(
            List.of(
                command.toAbsolutePath().toString(),
                "server",
                "--data",
                folder.resolve("data").toString(),
                "--grpc",
                HOST + ":" + grpcPort,
                "--http",
                HOST + ":" + httpPort));
    // One program makes all sessions.
    words.addAll(List.of("--set", "quota.client-lite-topic-rate=0"));
    settings.forEach((name, value) -> words.addAll(List.of("--set", name + "=" + value)));
    process =
        new ServerProcess(
            words,
            heap.isEmpty() ? Map.of() : Map.of("RIVULET_HEAP", heap),
            folder.resolve("server.out"));
    process.start(this::isReady);
  }

  private boolean isReady() {
    try {
      HttpURLConnection probe =
          (HttpURLConnection)
              URI.create("http://" + HOST + ":" + httpPort + "/health/ready")
                  .toURL()
                  .openConnection();
      probe.setReadTimeout(PATIENCE_MILLIS);
      return probe.getResponseCode() == OK;
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e);
    } catch (IOException notYet) {
      return false;
    }
  }

  static String liteTopic(int session) {
    return "s" + session;
  }

  private InetSocketAddress http() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), httpPort);
  }

  @Override
  public void make(int sessions, ReadProtocol protocol) {
    if (protocol == ReadProtocol.DURABLE_STREAMS) {
      // What a send makes is a stream of bytes, which events show in base64.
      DurableStreamsWriter.make(http(), TOPIC, sessions);
    }
  }

  @Override
  public ReadAddress address(ReadProtocol protocol) {
    InetSocketAddress server = http();
    return switch (protocol) {
      case EVENTS ->
          new PathAddress(
              server,
              protocol,
              (session, _) -> "/v1/topics/" + TOPIC + "/lite/" + liteTopic(session) + "/events");
      case DURABLE_STREAMS ->
          new PathAddress(
              server,
              protocol,
              (session, place) ->
                  PathAddress.live(DurableStreamsWriter.path(TOPIC, session), place));
    };
  }

  @Override
  public SessionWriter writer() {
    return new RivuletWriter(HOST + ":" + grpcPort, TOPIC);
  }

  @Override
  public List<Long> pids() {
    return List.of(process.pid());
  }

  @Override
  public String durability() {
    return settings.getOrDefault("log.durability", "fsync");
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void startAgain() {
    process.start(this::isReady);
  }

  @Override
  public String toString() {
    return "rivulet";
  }

  @Override
  public void close() {
    process.close();
  }
}

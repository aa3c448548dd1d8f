package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.readers.Attendance;
import io.rivulet.bench.readers.Figures;
import io.rivulet.bench.readers.ReadProtocol;
import io.rivulet.bench.readers.Readers;
import io.rivulet.bench.readers.Stamp;
import io.rivulet.bench.sessions.DurableStreamsServer;
import io.rivulet.bench.sessions.NodePrograms;
import io.rivulet.bench.sessions.PeerDurability;
import io.rivulet.bench.sessions.RedisRelay;
import io.rivulet.bench.sessions.RivuletServer;
import io.rivulet.bench.sessions.SessionServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Owned by the command that it belongs to. What every case with readers over HTTP can be told. */
final class SseOptions {
  /** Immutable. What else can be measured. */
  enum Peer {
    DURABLE_STREAMS,
    REDIS_RELAY;

    /** As people write it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--protocol",
      paramLabel = "events|durable-streams",
      description =
          "How readers read: plain events, or Durable Streams with live=sse. Default: events, and"
              + " what a peer has.")
  private @Nullable ReadProtocol protocol;

  @Option(
      names = "--peer",
      paramLabel = "durable-streams|redis-relay",
      description = {
        "Another server instead of Rivulet, for comparison, over HTTP/1.1.",
        "durable-streams: the reference server of Durable Streams. redis-relay: Redis streams,"
            + " shown by a relay of forty lines; it has a connection to Redis for each session,"
            + " which counts against the files that a process may open, and is no matter of"
            + " sse-storm.",
        "Both need Node 20 and npm ci --prefix bench/peers/node."
      })
  private @Nullable Peer peer;

  @Option(
      names = "--peer-durability",
      paramLabel = "fsync|interval|memory",
      description =
          "What a peer's answers are worth. redis-relay: any, default fsync. durable-streams: memory"
              + " (default), or fsync with its store in files, which does not hold up under"
              + " concurrent appends (0.3.7) and is what sse-storm needs.")
  private @Nullable PeerDurability peerDurability;

  @Option(
      names = "--peers",
      paramLabel = "DIR",
      description = "Where the peers' programs are (${DEFAULT-VALUE}).",
      defaultValue = "bench/peers/node")
  private Path peers = Path.of("bench", "peers", "node");

  @Option(
      names = "--command",
      paramLabel = "FILE",
      description = "What starts a server of Rivulet (${DEFAULT-VALUE}).",
      defaultValue = "./rivulet")
  private Path command = Path.of("rivulet");

  @Option(
      names = {"-s", "--set"},
      paramLabel = "NAME=VALUE",
      description =
          "A setting of that server, such as -s log.durability=interval; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--server-heap",
      paramLabel = "SIZE",
      description =
          "The server's most heap, such as 2g. Default: that of this program (RIVULET_HEAP).",
      defaultValue = "")
  private String serverHeap = "";

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = "Where the server keeps its data meanwhile. Default: a temporary folder.",
      defaultValue = "")
  private String work = "";

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      description = "Body bytes of each message, at least 24 (${DEFAULT-VALUE}).",
      defaultValue = "100")
  int size;

  @Option(
      names = "--client-threads",
      paramLabel = "N",
      description = "Event loops of this program for its readers (${DEFAULT-VALUE}).",
      defaultValue = "1")
  private int clientThreads;

  @Option(
      names = "--open-limit",
      paramLabel = "SECONDS",
      description = "How long it may take until all readers are served (${DEFAULT-VALUE}).",
      defaultValue = "120")
  int openLimitSeconds;

  @Option(
      names = "--label",
      paramLabel = "TEXT",
      description = "Repeated in the result.",
      defaultValue = "")
  private String label = "";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  /** A folder for the server that is started, removed at the end. */
  WorkFolder folder() throws IOException {
    return WorkFolder.make(work);
  }

  /** Starts the server, with so many sessions to be read. */
  SessionServer start(WorkFolder folder, int sessions, int streamsPerConnection) {
    check(size >= Stamp.BYTES, "--size must be at least " + Stamp.BYTES);
    check(
        peer == null || streamsPerConnection == 0,
        "--peer " + peer + " speaks HTTP/1.1 only: say --http1");
    ReadProtocol read = protocol();
    check(
        peer != Peer.DURABLE_STREAMS || read == ReadProtocol.DURABLE_STREAMS,
        "--peer durable-streams is read with --protocol durable-streams only");
    check(
        peer != Peer.DURABLE_STREAMS || peerDurability != PeerDurability.INTERVAL,
        "--peer durable-streams has --peer-durability fsync and memory only");
    check(
        peer != Peer.REDIS_RELAY || read == ReadProtocol.EVENTS,
        "--peer redis-relay is read with --protocol events only");
    NodePrograms programs = new NodePrograms(peers);
    SessionServer server =
        switch (peer) {
          case null -> new RivuletServer(command, settings, serverHeap, folder.path());
          case DURABLE_STREAMS ->
              new DurableStreamsServer(
                  programs, durabilityOr(PeerDurability.MEMORY), folder.path());
          case REDIS_RELAY ->
              new RedisRelay(programs, durabilityOr(PeerDurability.FSYNC), folder.path());
        };
    try {
      server.make(sessions, read);
      return server;
    } catch (RuntimeException failure) {
      server.close();
      throw failure;
    }
  }

  private PeerDurability durabilityOr(PeerDurability usual) {
    return peerDurability == null ? usual : peerDurability;
  }

  private ReadProtocol protocol() {
    if (protocol != null) {
      return protocol;
    }
    return peer == Peer.DURABLE_STREAMS ? ReadProtocol.DURABLE_STREAMS : ReadProtocol.EVENTS;
  }

  /** Readers of its sessions; with 0 streams per connection over HTTP/1.1. */
  Readers readers(SessionServer server, int count, int sessions, int streamsPerConnection) {
    return new Readers(
        server.address(protocol()), count, sessions, streamsPerConnection, size, clientThreads);
  }

  /** Lets all in; fails with what was in the way. */
  double open(Readers readers) {
    long begin = System.nanoTime();
    if (!readers.open(Duration.ofSeconds(openLimitSeconds))) {
      throw new IllegalStateException(
          "%d of %d readers are served after %d s; the first failure of %d: %s"
              .formatted(
                  readers.attendance().open(),
                  readers.count(),
                  openLimitSeconds,
                  readers.attendance().failures(),
                  readers.attendance().firstFailure()));
    }
    return LoadResult.round((System.nanoTime() - begin) / 1e9);
  }

  /** Fails if the server can't be started again on what it had. */
  void checkRestart() {
    check(
        peer != Peer.REDIS_RELAY, "--peer redis-relay can't: its relay does not outlive its Redis");
    check(
        peer != Peer.DURABLE_STREAMS || peerDurability == PeerDurability.FSYNC,
        "--peer durable-streams can with --peer-durability fsync only");
  }

  /** Prints the result. */
  void print(JsonObject line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  void check(boolean isAllowed, String otherwise) {
    if (!isAllowed) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  /** The first words of a result line: what was measured. */
  JsonObject line(String name, SessionServer server, int streamsPerConnection) {
    JsonObject line = new JsonObject();
    line.addProperty("case", name);
    if (!label.isEmpty()) {
      line.addProperty("label", label);
    }
    line.addProperty("server", server.toString());
    line.addProperty("durability", server.durability());
    line.addProperty("protocol", protocol().toString());
    line.addProperty("http", streamsPerConnection == 0 ? "1.1" : "2");
    line.addProperty("size", size);
    return line;
  }

  /** Adds what must not be, and says whether all is as it must be. */
  static boolean addFaults(JsonObject line, Figures figures, Attendance attendance) {
    line.addProperty("lost", figures.missing());
    line.addProperty("duplicates", figures.duplicates());
    line.addProperty("gaps", figures.gaps());
    line.addProperty("turnedAway", attendance.turnedAway());
    line.addProperty("endedByServer", attendance.ended());
    line.addProperty("failures", attendance.failures());
    if (!attendance.firstFailure().isEmpty()) {
      line.addProperty("firstFailure", attendance.firstFailure());
    }
    return figures.missing() == 0
        && figures.duplicates() == 0
        && figures.gaps() == 0
        && attendance.failures() == 0;
  }
}

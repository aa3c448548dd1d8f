package io.rivulet.cluster.forward;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.rivulet.cluster.ledger.SimulatedTime;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the test's thread, which does everything, in simulated time. Node a calls, and node b
 * keeps what it is asked until the test answers.
 */
final class TwoNodes implements AutoCloseable {
  static final int KIB = 1024;
  static final int LINK_BYTES = 1024 * KIB;
  static final int MAX_BYTES = 8 * LINK_BYTES;

  /** What b was asked. */
  record Asked(
      int shard, String method, List<Object> arguments, CompletableFuture<@Nullable Object> reply) {
    /** The ids of the messages that it brings. */
    String ids() {
      return arguments.stream()
          .filter(List.class::isInstance)
          .flatMap(each -> ((List<?>) each).stream())
          .map(each -> ((Message) each).id())
          .collect(Collectors.joining(","));
    }
  }

  final SimulatedTime time = new SimulatedTime();
  final LinkGround calling = ground();
  final LinkGround serving = ground();
  final Set<Integer> shards = new HashSet<>(Set.of(0, 1, 2));
  final List<Asked> asked = new ArrayList<>();
  final List<String> ended = new ArrayList<>();

  /** Handles of messages that were given back to b's shards. */
  final List<Object> released = new ArrayList<>();

  /** Handles of messages that are to come again later. */
  final List<Object> putOff = new ArrayList<>();

  final List<LastAnswers.Doubt> doubted = new ArrayList<>();
  private final List<Runnable> tasks = new ArrayList<>();
  private final @Nullable Random random;
  private final String address = UUID.randomUUID().toString();
  private Server server;
  final ManagedChannel channel;
  final NodeLink link;

  TwoNodes() throws IOException {
    this(null, NodeProtocol.Caller.named("a"));
  }

  TwoNodes(@Nullable Random random, NodeProtocol.Caller caller) throws IOException {
    this.random = random;
    server = startServer();
    channel = InProcessChannelBuilder.forName(address).executor(tasks::add).disableRetry().build();
    link = new NodeLink("b", caller, channel, calling);
  }

  private LinkGround ground() {
    return new LinkGround(
        new LinkBudget(LINK_BYTES),
        new LinkBudget(LINK_BYTES),
        new CallCounters(time.clock()),
        new Deadlines(time, time.clock()),
        MAX_BYTES,
        task -> tasks.add(task));
  }

  private Server startServer() throws IOException {
    return InProcessServerBuilder.forName(address)
        .executor(tasks::add)
        .addService(
            new NodeServer(
                    new NodeServer.Targets(
                        shard -> shards.contains(shard) ? target(Engine.class, shard) : null,
                        target(NodeCalls.class, -1),
                        target(NodeReports.class, -2)),
                    serving,
                    Clock.system(),
                    (node, doubts) -> {
                      ended.add(node);
                      doubted.addAll(doubts);
                    },
                    new Returns(
                        target(Engine.class, 0),
                        Returns.Parts.whole(target(Engine.class, 0)),
                        time.clock(),
                        time::after,
                        Duration.ofHours(3)))
                .service())
        .build()
        .start();
  }

  /** The process of b ends, and another one begins. */
  void restart() throws IOException {
    server.shutdownNow();
    server = startServer();
  }

  private <T> T target(Class<T> type, int shard) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              if (method.getName().equals("release") && arguments != null) {
                released.addAll((List<?>) arguments[1]);
                return CompletableFuture.completedFuture(
                    Collections.nCopies(((List<?>) arguments[1]).size(), Outcome.ok("")));
              }
              if (method.getName().equals("changeInvisible") && arguments != null) {
                putOff.add(arguments[1]);
                return CompletableFuture.completedFuture(Outcome.ok(""));
              }
              Asked call =
                  new Asked(
                      shard,
                      method.getName(),
                      arguments == null ? List.of() : List.of(arguments),
                      new CompletableFuture<>());
              asked.add(call);
              return call.reply;
            }));
  }

  /** Lets everything happen that needs no time. */
  void settle() {
    while (!tasks.isEmpty()) {
      step();
    }
  }

  /** One thing happens; with a source of chance, any one. */
  void step() {
    if (!tasks.isEmpty()) {
      tasks.remove(random == null ? 0 : random.nextInt(tasks.size())).run();
    }
  }

  void pass(Duration duration) {
    settle();
    time.pass(duration);
    settle();
  }

  Asked last() {
    return asked.getLast();
  }

  static Message message(String id, @Nullable String liteTopic, int bodyBytes) {
    return Message.builder("chat", id, new byte[bodyBytes]).liteTopic(liteTopic).build();
  }

  static DeliveredMessage delivered(String id, int bodyBytes) {
    return new DeliveredMessage(
        new StoredMessage(message(id, "x", bodyBytes), 1, 2, 3), "handle-" + id, 1);
  }

  static PollRequest poll(Duration wait) {
    return new PollRequest(
        "group",
        "chat",
        "client",
        32,
        Optional.empty(),
        Filter.all(),
        wait,
        Optional.empty(),
        true);
  }

  /** Nothing is kept of calls that have ended. */
  boolean isClean() {
    return link.isQuiet()
        && calling.counted().heldBytes() == 0
        && serving.counted().heldBytes() == 0
        && calling.deadlines().count() == 0
        && serving.deadlines().count() == 0
        && calling.counted().open() == 0
        && serving.counted().open() == 0;
  }

  @Override
  public void close() {
    link.close();
    server.shutdownNow();
    settle();
  }
}

package io.rivulet.cluster.forward;

import static io.rivulet.cluster.forward.TwoNodes.delivered;
import static io.rivulet.cluster.forward.TwoNodes.message;
import static io.rivulet.cluster.forward.TwoNodes.poll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many threads, a real connection. */
class NodeLinkRaceTest {
  private static final int CALLERS = 4;
  private static final int CALLS = 600;
  private static final int LINK_BYTES = 2 << 20;

  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
  private final Queue<CompletableFuture<@Nullable Object>> served = new ConcurrentLinkedQueue<>();
  private final AtomicInteger ended = new AtomicInteger();
  private final LinkGround calling = ground();
  private final LinkGround serving = ground();
  private final Server server =
      NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .directExecutor()
          .maxInboundMessageSize(NodeServer.MOST_FRAME_BYTES)
          .flowControlWindow(NodeServer.WINDOW_BYTES)
          .addService(
              new NodeServer(
                      new NodeServer.Targets(
                          _ -> target(Engine.class),
                          target(NodeCalls.class),
                          target(NodeReports.class)),
                      serving,
                      Clock.system(),
                      (_, _) -> ended.incrementAndGet(),
                      new Returns(
                          target(Engine.class),
                          Returns.Parts.whole(target(Engine.class)),
                          Clock.system(),
                          (delay, task) -> {
                            var _ = timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
                          },
                          Duration.ofHours(3)))
                  .service())
          .build()
          .start();
  private final NodeLink link =
      new NodeLink(
          "b",
          "a",
          NettyChannelBuilder.forAddress(server.getListenSockets().getFirst())
              .usePlaintext()
              .directExecutor()
              .maxInboundMessageSize(NodeServer.MOST_FRAME_BYTES)
              .flowControlWindow(NodeServer.WINDOW_BYTES)
              .disableRetry()
              .build(),
          calling);

  NodeLinkRaceTest() throws IOException {}

  private LinkGround ground() {
    return new LinkGround(
        new LinkBudget(LINK_BYTES),
        new LinkBudget(LINK_BYTES),
        new CallCounters(Clock.system()),
        new Deadlines(
            (delay, task) -> {
              var _ = timer.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
            },
            Clock.system()),
        16 << 20,
        pool);
  }

  /** Answers a moment later, on another thread; polls now and then never. */
  private <T> T target(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              CompletableFuture<@Nullable Object> reply = new CompletableFuture<>();
              served.add(reply);
              int size = arguments.length == 1 ? 1 << (served.size() % 21) : 0;
              if (served.size() % 20 != 0 || method.getName().equals("send")) {
                var _ =
                    timer.schedule(
                        () ->
                            reply.complete(
                                method.getName().equals("send")
                                    ? ((List<?>) arguments[1])
                                        .stream().map(NodeLinkRaceTest::receipt).toList()
                                    : Outcome.ok(List.of(delivered("m", size)))),
                        served.size() % 3,
                        TimeUnit.MILLISECONDS);
              }
              return reply;
            }));
  }

  private static Outcome<SendReceipt> receipt(Object message) {
    return Outcome.ok(new SendReceipt(((Message) message).id(), 1, 2, false));
  }

  @AfterEach
  void close() {
    link.close();
    server.shutdownNow();
    pool.shutdownNow();
    timer.shutdownNow();
  }

  private void call(int caller, Queue<CompletableFuture<?>> replies) {
    Random random = new Random(caller);
    List<CompletableFuture<?>> mine = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      int bytes = random.nextInt(10) == 0 ? random.nextInt(1 << 20) : random.nextInt(200);
      String id = caller + "-" + i;
      CompletableFuture<?> reply;
      if (random.nextInt(3) == 0) {
        reply = link.calls().pollReady(poll(Duration.ZERO));
      } else {
        CompletableFuture<List<Outcome<SendReceipt>>> sent =
            link.shard(0).send("client", List.of(message(id, "s" + random.nextInt(5), bytes)));
        reply = sent;
        replies.add(
            sent.handle((outcomes, failure) -> {
              if (failure == null && outcomes.getFirst().isOk()) {
                assertThat(outcomes.getFirst().value().messageId()).isEqualTo(id);
              }
              return true;
            }));
      }
      replies.add(reply);
      mine.add(reply);
      if (random.nextInt(4) == 0) {
        mine.get(random.nextInt(mine.size())).cancel(false);
      }
    }
  }

  @Test
  void eachCallEndsAndNothingIsLeftBehindWhateverTheThreadsDo() {
    Queue<CompletableFuture<?>> replies = new ConcurrentLinkedQueue<>();
    List<CompletableFuture<Void>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      int caller = i;
      callers.add(CompletableFuture.runAsync(() -> call(caller, replies), pool));
    }
    callers.forEach(CompletableFuture::join);
    await("those that are answered end")
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> replies.stream().filter(each -> !each.isDone()).count() < CALLERS * CALLS / 10);
    server.shutdownNow();

    await("all end").atMost(Duration.ofSeconds(30)).until(() -> allDone(replies));
    // What had not gone yet found nobody any more.
    assertThat(replies)
        .filteredOn(each -> each.isCompletedExceptionally() && !each.isCancelled())
        .filteredOn(each -> !(causeOf(each) instanceof NotOwnerException))
        .as("no answer was somebody else's")
        .isEmpty();
    await("nothing is left").atMost(Duration.ofSeconds(30)).until(this::isClean);
    assertThat(served).allMatch(CompletableFuture::isDone);
    assertThat(ended).hasValue(1);
    assertThat(calling.counted().frames()).isPositive().isLessThan(replies.size());
  }

  private static Throwable causeOf(CompletableFuture<?> failed) {
    Throwable failure = failed.exceptionNow();
    return failure.getCause() == null ? failure : failure.getCause();
  }

  private static boolean allDone(Queue<CompletableFuture<?>> replies) {
    return replies.stream().allMatch(CompletableFuture::isDone);
  }

  private boolean isClean() {
    return link.isQuiet()
        && calling.counted().heldBytes() == 0
        && serving.counted().heldBytes() == 0
        && calling.deadlines().count() == 0
        && serving.deadlines().count() == 0
        && calling.counted().open() == 0
        && serving.counted().open() == 0;
  }
}

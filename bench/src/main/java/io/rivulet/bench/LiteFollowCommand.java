package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Clients that follow many lite topics each, by name. */
@Command(
    name = "lite-follow",
    mixinStandardHelpOptions = true,
    description = {
      "Clients follow many lite topics each, with one full list; then messages go to random ones of"
          + " them at a fixed rate, until their followers have them.",
      "The group's quota is raised where the server speaks rivulet.v1.",
      "Redis: each client reads its streams with XREAD BLOCK on one connection. NATS: a push"
          + " consumer per subject, in memory, each message acknowledged."
    })
final class LiteFollowCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_IN_FLIGHT = 4096;

  /** The exit code of a case that has measured nothing but the way there. */
  private static final int ENDED_EARLY = 3;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--client",
      paramLabel = "raw|redis|nats",
      description = LiteServer.DESCRIPTION,
      defaultValue = "raw")
  private LiteServer client = LiteServer.raw;

  @Option(
      names = "--clients",
      paramLabel = "N",
      description = "Clients, each with lite topics of its own (${DEFAULT-VALUE}).",
      defaultValue = "1")
  private int clients;

  @Option(
      names = "--follow",
      paramLabel = "N",
      description = "Lite topics that each client follows (${DEFAULT-VALUE}).",
      defaultValue = "10000")
  private int follow;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages per second (${DEFAULT-VALUE}).",
      defaultValue = "1000")
  private double rate;

  @Option(
      names = "--group",
      description = "The consumer group (${DEFAULT-VALUE}).",
      defaultValue = "bench-lite-follow")
  private String group = "";

  @Option(
      names = "--prefix",
      description = "What names begin with (${DEFAULT-VALUE}).",
      defaultValue = "f")
  private String prefix = "";

  @Option(
      names = "--resync",
      paramLabel = "N",
      description =
          "Measure again while so many clients at a time send their unchanged list, as official"
              + " clients do every 30 seconds; 0: not (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int resync;

  @Option(
      names = "--resync-every",
      paramLabel = "SECONDS",
      description =
          "So often each client does; 0: again as soon as all are answered (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int resyncEvery;

  @Option(
      names = "--subscribe-limit",
      paramLabel = "SECONDS",
      description =
          "How long it may take until the server knows what is followed; then the case ends"
              + " (${DEFAULT-VALUE}).",
      defaultValue = "300")
  private int subscribeLimitSeconds;

  private final List<LiteFollower> followers = new ArrayList<>();
  private EndToEnd measured = new EndToEnd();

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-lite");
    if (client == LiteServer.raw) {
      raiseQuota(topic);
    } else if (resync > 0) {
      throw new IllegalArgumentException("--resync is for RocketMQ's protocol only");
    }
    try (LiteProducer producer = client.producer(options.endpoint, topic)) {
      for (int i = 0; i < clients; i++) {
        followers.add(client.follower(options.endpoint, group, topic));
      }
      long begin = System.nanoTime();
      if (!syncAll(clients)) {
        JsonObject line = line("not subscribed", secondsSince(begin));
        line.addProperty("followed", followers.stream().mapToLong(LiteFollower::followed).sum());
        System.out.println(line);
        return ENDED_EARLY;
      }
      double subscribeSeconds = secondsSince(begin);
      followers.forEach(follower -> follower.receive(body -> measured.received(body)));
      run(producer, options.warmUp());
      print("steady", subscribeSeconds, producer);
      if (resync > 0) {
        AtomicBoolean isOver = new AtomicBoolean();
        Thread syncing = Thread.ofPlatform().start(() -> syncUntil(isOver));
        print("resync", subscribeSeconds, producer);
        isOver.set(true);
        join(syncing);
      }
    } finally {
      followers.forEach(LiteFollower::close);
    }
    return 0;
  }

  private static double secondsSince(long beginNanos) {
    return (System.nanoTime() - beginNanos) / 1e9;
  }

  private void raiseQuota(String topic) {
    try (RivuletClient admin = RivuletClient.connect(options.endpoint)) {
      admin
          .admin()
          .defineGroup(
              GroupDefinition.newBuilder()
                  .setName(group)
                  .setKind(GroupKind.GROUP_KIND_LITE)
                  .setBoundTopic(topic)
                  .setLiteSubscriptionQuota(Math.max(2000, follow))
                  .build(),
              DefineMode.DEFINE_MODE_UNSPECIFIED);
    } catch (RivuletException e) {
      System.err.println("the group's quota is as it is: " + e.getMessage());
    }
  }

  private List<String> namesOf(int client) {
    long first = (long) client * follow;
    return LongStream.range(first, first + follow).mapToObj(number -> prefix + number).toList();
  }

  /** All clients say what they follow, so many of them at a time; false if not all could. */
  private boolean syncAll(int atATime) {
    for (int from = 0; from < clients; from += atATime) {
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (int i = from; i < Math.min(clients, from + atATime); i++) {
        answers.add(followers.get(i).follow(namesOf(i)));
      }
      try {
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
            .get(subscribeLimitSeconds, TimeUnit.SECONDS);
      } catch (TimeoutException | ExecutionException e) {
        System.err.println("not all are followed: " + e);
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
    return true;
  }

  private void syncUntil(AtomicBoolean isOver) {
    boolean isAnswered = true;
    long next = System.nanoTime();
    while (isAnswered && !isOver.get()) {
      isAnswered = syncAll(resync);
      next += resyncEvery * 1_000_000_000L;
      while (!isOver.get() && System.nanoTime() < next) {
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private LoadResult run(LiteProducer producer, Duration time) {
    measured = new EndToEnd();
    EndToEnd run = measured;
    byte[] pattern = options.body();
    SplittableRandom random = new SplittableRandom(1);
    long all = (long) clients * follow;
    Sender sender =
        intended -> {
          byte[] body = pattern.clone();
          run.stamp(body, intended);
          return producer.send(body, prefix + random.nextLong(all));
        };
    LoadResult result = new LoadLoop(sender, MAX_IN_FLIGHT).atRate(rate, time);
    run.awaitReceived(result.requests(), PATIENCE);
    return result;
  }

  private JsonObject line(String phase, double subscribeSeconds) {
    JsonObject line = options.line("lite-follow");
    line.addProperty("phase", phase);
    line.addProperty("clients", clients);
    line.addProperty("liteTopics", (long) clients * follow);
    line.addProperty("subscribeSeconds", LoadResult.round(subscribeSeconds));
    return line;
  }

  private void print(String phase, double subscribeSeconds, LiteProducer producer)
      throws IOException {
    JsonObject line = line(phase, subscribeSeconds);
    line.addProperty("rate", rate);
    ProcessCosts before = options.costs();
    LoadResult result = run(producer, options.time());
    CaseOptions.merge(line, result.json(1));
    line.addProperty("received", measured.latencyNanos().getTotalCount());
    LoadResult.addLatency(line, measured.latencyNanos());
    options.addCosts(line, before);
    System.out.println(line);
  }
}

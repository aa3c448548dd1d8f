package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
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
      "The group's quota is raised where the server speaks rivulet.v1."
    })
final class LiteFollowCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_IN_FLIGHT = 4096;

  @Mixin private CaseOptions options = new CaseOptions();

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

  private final List<RawClient> followers = new ArrayList<>();
  private EndToEnd measured = new EndToEnd();

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-lite");
    raiseQuota(topic);
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      for (int i = 0; i < clients; i++) {
        followers.add(RawClient.liteConsumer(options.endpoint, group, topic));
      }
      long begin = System.nanoTime();
      syncAll(clients);
      double subscribeSeconds = (System.nanoTime() - begin) / 1e9;
      List<Reception> receptions = receive();
      RawMessages messages = new RawMessages(topic);
      run(producer, messages, options.warmUp());
      print("steady", subscribeSeconds, producer, messages);
      if (resync > 0) {
        AtomicBoolean isOver = new AtomicBoolean();
        Thread syncing = Thread.ofPlatform().start(() -> syncUntil(isOver));
        print("resync", subscribeSeconds, producer, messages);
        isOver.set(true);
        join(syncing);
      }
      receptions.forEach(Reception::end);
    } finally {
      followers.forEach(RawClient::close);
    }
    return 0;
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

  /** All clients say what they follow, so many of them at a time. */
  private void syncAll(int atATime) {
    for (int from = 0; from < clients; from += atATime) {
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (int i = from; i < Math.min(clients, from + atATime); i++) {
        answers.add(followers.get(i).follow(namesOf(i)));
      }
      CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
    }
  }

  private void syncUntil(AtomicBoolean isOver) {
    while (!isOver.get()) {
      syncAll(resync);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Reception> receive() {
    List<Reception> receptions = new ArrayList<>();
    for (RawClient follower : followers) {
      Reception reception = new Reception(follower, body -> measured.received(body));
      reception.begin();
      receptions.add(reception);
    }
    return receptions;
  }

  private LoadResult run(RawClient producer, RawMessages messages, Duration time) {
    measured = new EndToEnd();
    EndToEnd run = measured;
    byte[] pattern = options.body();
    SplittableRandom random = new SplittableRandom(1);
    long all = (long) clients * follow;
    Sender sender =
        intended -> {
          byte[] body = pattern.clone();
          run.stamp(body, intended);
          return producer.send(messages.toLiteTopic(body, prefix + random.nextLong(all)));
        };
    LoadResult result = new LoadLoop(sender, MAX_IN_FLIGHT).atRate(rate, time);
    run.awaitReceived(result.requests(), PATIENCE);
    return result;
  }

  private void print(
      String phase, double subscribeSeconds, RawClient producer, RawMessages messages)
      throws IOException {
    JsonObject line = options.line("lite-follow");
    line.addProperty("phase", phase);
    line.addProperty("clients", clients);
    line.addProperty("liteTopics", (long) clients * follow);
    line.addProperty("subscribeSeconds", LoadResult.round(subscribeSeconds));
    line.addProperty("rate", rate);
    ProcessCosts before = options.costs();
    LoadResult result = run(producer, messages, options.time());
    CaseOptions.merge(line, result.json(1));
    line.addProperty("received", measured.latencyNanos().getTotalCount());
    LoadResult.addLatency(line, measured.latencyNanos());
    options.addCosts(line, before);
    System.out.println(line);
  }
}

package io.rivulet.testkit.engine;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.index.SnapshotBounds;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardInspector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. What a simulated world stands on: the shard with its driver, the ledger, the
 * clients, and how answers are judged when they come.
 */
abstract class SimulatedGround {
  static final int MAX_ATTEMPTS = 3;
  static final List<String> STANDARD_TOPICS = List.of("normal", "fifo", "prio");
  static final List<String> TAGS = List.of("a", "b");
  static final Duration LEASE = Duration.ofSeconds(20);

  /** A wait that must come to an end. */
  static final class Wait {
    final CompletableFuture<?> reply;
    final String what;
    final long maxMillis;
    long seenMillis = -1;

    Wait(CompletableFuture<?> reply, String what, long maxMillis) {
      this.reply = reply;
      this.what = what;
      this.maxMillis = maxMillis;
    }
  }

  final RandomGenerator random;

  /** Decides how groups are served; null: all of them plainly. */
  @Nullable RandomGenerator rules;

  final EngineConfig config;
  final ShardDriver driver;
  final Ledger ledger;
  final Withdrawals withdrawals;
  final List<SimulatedClient> clients = new ArrayList<>();
  final List<Wait> waits = new ArrayList<>();

  /** What is to be done when a long request is over. */
  private final List<Runnable> underWay = new ArrayList<>();

  /** Polls without an answer, and some that have one. */
  final List<OpenPoll> polls = new ArrayList<>();

  final boolean hasRetention;
  final boolean hasSmallClient;
  final boolean hasShortTtl;

  /** Ready sets have room for a few queues only. */
  final boolean isCramped;

  boolean isFull;
  boolean isRedriven;
  long step;

  /** Answers that reach a process that died count no more. */
  int life;

  int ids;
  @Nullable Throwable wrong;

  SimulatedGround(RandomGenerator random, @Nullable RandomGenerator rules) {
    this.random = random;
    this.rules = rules;
    hasRetention = random.nextInt(6) == 0;
    hasSmallClient = random.nextInt(5) == 0;
    hasShortTtl = random.nextInt(4) == 0;
    isCramped = random.nextBoolean();
    config = config();
    driver = new ShardDriver(config, random);
    ledger = new Ledger(MAX_ATTEMPTS, hasRetention || hasSmallClient);
    ledger.hasShortTtl = hasShortTtl;
    withdrawals = ledger.withdrawals;
    for (int i = 0; i < 5; i++) {
      String topic = STANDARD_TOPICS.get(i % 3);
      String group = "g" + i % 2;
      long max = hasSmallClient && i < 2 ? 60_000 : Long.MAX_VALUE;
      clients.add(new SimulatedClient("s" + i, group, topic, tagsOf(group, topic), max));
    }
    for (int i = 0; i < 5; i++) {
      String group = i < 3 ? "shared" : "exclusive";
      clients.add(new SimulatedClient("l" + i, group, "lite", Set.of(), Long.MAX_VALUE));
    }
    for (int i = 0; i < 3; i++) {
      String group = i < 2 ? "whole" : "wide";
      clients.add(new SimulatedClient("w" + i, group, "lite", Set.of(), Long.MAX_VALUE));
    }
  }

  EngineConfig config() {
    EngineConfig usual = EngineConfig.defaults();
    return usual.toBuilder()
        .retentionTime(hasRetention ? Optional.of(Duration.ofMinutes(10)) : usual.retentionTime())
        .retentionBytes(hasRetention ? 600_000 : 0)
        .liteTtl(
            hasShortTtl ? Optional.of(Duration.ofSeconds(random.nextInt(5, 90))) : Optional.empty())
        .maxMessageBytes(2 << 20)
        .maxPollMessages(random.nextInt(2, 20))
        .maxPollBytes(64 << 10)
        .maxWindow(random.nextInt(3, 40))
        .normalQueues(2)
        .leaseTime(LEASE)
        .maxLeaseTime(Duration.ofMinutes(5))
        .clientTimeout(Duration.ofSeconds(30))
        .subscriptionTimeout(Duration.ofSeconds(90))
        .recentIds(1024)
        .checkpointBytes(random.nextInt(10_000, 200_000))
        .checkpointInterval(Duration.ofSeconds(random.nextInt(1, 6)))
        .tailRecords(random.nextInt(10, 400))
        .tailTime(Duration.ofSeconds(random.nextInt(1, 30)))
        .snapshots(
            isCramped
                ? new SnapshotBounds(Optional.of(Duration.ofSeconds(7)), 50_000, 300)
                : SnapshotBounds.none())
        .maxIdleQueues(random.nextBoolean() ? 0 : random.nextInt(1, 100))
        .readyWindow(isCramped ? random.nextInt(1, 4) : 10_000)
        .maxReadyQueues(isCramped ? random.nextInt(1, 8) : 10_000)
        .maxQueuedCommands(10_000)
        .maxQueuedPerClient(10_000)
        .largeWindowBytes(isCramped ? 1 : 100_000)
        .build();
  }

  static Set<String> tagsOf(String group, String topic) {
    return group.equals("g1") && !topic.equals("prio") ? Set.of("a") : Set.of();
  }

  RunningShard shard() {
    return driver.shard();
  }

  long now() {
    return driver.clock.nanos() / 1_000_000;
  }

  <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  SimulatedClient anyLite() {
    return clients.get(5 + random.nextInt(5));
  }

  String liteName() {
    return "s" + random.nextInt(6);
  }

  ShardInspector inspector() {
    return new ShardInspector(shard(), config.maxWindow());
  }

  static void expectNothing(List<String> wrong) {
    if (!wrong.isEmpty()) {
      throw new AssertionError(String.join("\n", wrong));
    }
  }

  void introduce(SimulatedClient client) {
    shard()
        .clientSeen(
            new ClientInfo(client.id, Optional.of(client.group), client.maxMessageBytes, "JAVA"));
  }

  /** Of the lite topics that a group follows, whoever its clients are. */
  static Optional<String> prefixOf(String group) {
    return switch (group) {
      case "whole" -> Optional.of("");
      case "wide" -> Optional.of("s1");
      default -> Optional.empty();
    };
  }

  void define(String group) {
    judge(shard().ensureGroup(definition(group).with(scheduling())), _ -> {});
  }

  /** Its rules change while it is in use. */
  void redefine(String group) {
    judge(shard().defineGroup(definition(group).with(scheduling())), _ -> {});
  }

  private static GroupDefinition definition(String group) {
    boolean isLite = !group.startsWith("g");
    return new GroupDefinition(
        group,
        isLite ? GroupKind.LITE : GroupKind.STANDARD,
        isLite ? Optional.of("lite") : Optional.empty(),
        prefixOf(group),
        group.equals("exclusive") ? SubscriptionModel.EXCLUSIVE : SubscriptionModel.SHARED,
        new StartFrom.First(),
        MAX_ATTEMPTS,
        Backoff.standard(),
        4);
  }

  private Scheduling scheduling() {
    RandomGenerator dice = rules;
    if (dice == null || dice.nextInt(4) == 0) {
      return Scheduling.PLAIN;
    }
    PriorityRule rule =
        switch (dice.nextInt(3)) {
          case 0 -> new PriorityRule.Weighted(Map.of(1, dice.nextInt(1, 5)));
          case 1 -> new PriorityRule.Aging(Duration.ofMillis(dice.nextInt(1, 20_000)));
          default -> new PriorityRule.Strict();
        };
    Limits limits =
        new Limits(
            dice.nextBoolean()
                ? Optional.of(new Rate(dice.nextDouble(0.1, 5), dice.nextInt(1, 5)))
                : Optional.empty(),
            Optional.empty(),
            dice.nextInt(4));
    boolean isFair = dice.nextBoolean();
    return new Scheduling(
        dice.nextBoolean() ? limits : Limits.NONE,
        dice.nextInt(3),
        rule,
        isFair
            ? Optional.of(
                new Fairness(
                    Fairness.DEFAULT_PROPERTY, Map.of(), dice.nextBoolean() ? limits : Limits.NONE))
            : Optional.empty(),
        false);
  }

  /**
   * Asks for something that takes its time: it may take effect at any moment until it is answered
   * or the process dies.
   */
  void askLong(CompletableFuture<?> reply, Runnable over) {
    underWay.add(over);
    int asked = life;
    judge(
        reply,
        _ -> {
          if (asked == life) {
            underWay.remove(over);
            over.run();
          }
        });
  }

  /** Answers that are under way reach nobody. */
  void loseAnswers() {
    life++;
    underWay.forEach(Runnable::run);
    underWay.clear();
    waits.clear();
    polls.stream().filter(poll -> !poll.reply.isDone()).forEach(poll -> ledger.unseen(poll.group));
    polls.clear();
  }

  /** A poll of a group. */
  record OpenPoll(String group, CompletableFuture<?> reply) {}

  Optional<Duration> ttl() {
    return hasShortTtl ? Optional.of(Duration.ofSeconds(30)) : Optional.empty();
  }

  /** Looks at an answer when it comes; what is wrong with it ends the step that is under way. */
  <T> void judge(CompletableFuture<T> reply, Consumer<T> judgement) {
    CompletableFuture<Void> _ =
        reply.thenAccept(answer -> {
          try {
            judgement.accept(answer);
          } catch (RuntimeException | AssertionError e) {
            wrong = wrong == null ? e : wrong;
          }
        });
  }

  void expectRightAnswers() {
    if (wrong != null) {
      throw new AssertionError("in step " + step + ": " + wrong.getMessage(), wrong);
    }
  }

  void expectRefusal(Outcome<?> outcome, RefusalCode... allowed) {
    if (outcome instanceof Outcome.Refused<?> refused
        && !List.of(allowed).contains(refused.refusal().code())
        && refused.refusal().code() != RefusalCode.TOPIC_NOT_FOUND) {
      throw new AssertionError("unexpected refusal " + refused.refusal());
    }
  }

  Optional<OffsetOption> offsetOption() {
    return switch (random.nextInt(10)) {
      case 0 -> Optional.of(new OffsetOption.Min());
      case 1 -> Optional.of(new OffsetOption.Max());
      case 2 -> Optional.of(new OffsetOption.At(random.nextInt(10)));
      case 3 -> Optional.of(new OffsetOption.TailCount(random.nextInt(5)));
      case 4 ->
          Optional.of(new OffsetOption.Time(driver.clock.wallMillis() - random.nextInt(100_000)));
      case 5 -> Optional.of(new OffsetOption.Last());
      default -> Optional.empty();
    };
  }

  void settle() {
    driver.settle();
    expectRightAnswers();
    if (!isFull && !hasSmallClient) {
      expectNothing(inspector().starving());
    }
    waits.removeIf(wait -> wait.reply.isDone());
    polls.removeIf(poll -> poll.reply.isDone());
    for (Wait wait : waits) {
      if (wait.seenMillis < 0) {
        wait.seenMillis = now();
      }
      if (now() >= wait.seenMillis + wait.maxMillis) {
        throw new AssertionError(
            "%s waits since %d for %d and it is %d"
                .formatted(wait.what, wait.seenMillis, wait.maxMillis, now()));
      }
    }
  }
}

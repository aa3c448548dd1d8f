package io.rivulet.testkit.engine;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.ParkedInspector;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.shard.TallyInspector;
import io.rivulet.engine.shard.WithheldMessages;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. Producers and consumers that make random steps against a shard that is
 * moved, slowed and crashed at random, with a {@link Ledger} of what must hold.
 */
final class SimulatedWorld extends SimulatedActors {
  private final Set<String> isToDefine = new TreeSet<>();
  private final Optional<SimulatedWithdrawals> changesOfMind;

  private static final List<String> GROUPS =
      List.of("g0", "g1", "shared", "exclusive", "whole", "wide");

  /**
   * A world.
   *
   * @param minds for senders who change their minds; null: nobody does
   * @param laters for senders whose messages are to be delivered later; null: nobody sends such
   * @param rules decides how groups are served, and how that changes; null: all of them plainly
   */
  SimulatedWorld(
      RandomGenerator random,
      @Nullable RandomGenerator minds,
      @Nullable RandomGenerator laters,
      @Nullable RandomGenerator rules) {
    super(random, rules);
    delays = laters == null ? null : new SimulatedDelays(this, laters);
    changesOfMind =
        minds == null ? Optional.empty() : Optional.of(new SimulatedWithdrawals(this, minds));
  }

  // ---- running

  void run(int steps) {
    live(steps);
    new Healing().run();
  }

  /** So many steps, and everything is left as it is then. */
  void live(int steps) {
    begin();
    for (step = 1; step <= steps; step++) {
      defineDeleted();
      act();
      changesOfMind.ifPresent(SimulatedWithdrawals::act);
      if (delays != null) {
        delays.act();
      }
      if (rules != null && rules.nextInt(20) == 0) {
        redefine(GROUPS.get(rules.nextInt(GROUPS.size())));
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        driver.step();
      }
      expectRightAnswers();
      if (step % 4 == 0) {
        driver.turn();
        expectNothing(inspector().misplaced());
        expectNothing(inspector().miscounted());
        expectNothing(new TallyInspector(driver.shard()).miscounted());
        if (delays != null) {
          expectNothing(delays.wrong());
        }
      }
      if (step % 16 == 0) {
        expectNothing(inspector().disagreeing());
      }
    }
  }

  private void begin() {
    for (SimulatedClient client : clients) {
      introduce(client);
    }
    for (String group : GROUPS) {
      define(group);
    }
    settle();
  }

  /** Groups that were deleted begin anew. */
  private void defineDeleted() {
    isToDefine.forEach(this::define);
    isToDefine.clear();
  }

  private void act() {
    int dice = random.nextInt(200);
    if (dice < 50) {
      send();
    } else if (dice < 95) {
      poll(any(clients));
    } else if (dice < 125) {
      acknowledge();
    } else if (dice < 137) {
      changeInvisible();
    } else if (dice < 150) {
      changeSubscription();
    } else if (dice < 160) {
      heartbeat();
    } else if (dice < 172) {
      pass();
    } else if (dice < 180) {
      settle();
    } else {
      actRarely(dice);
    }
  }

  private void actRarely(int dice) {
    switch (dice) {
      case 180, 181, 182, 183 -> read();
      case 184, 185 -> resend();
      case 186 -> reset();
      case 187 -> reclaim();
      case 188 -> leave();
      case 189, 190 -> crash();
      case 191 -> fillOrFreeDisk();
      case 192 -> deadLetter();
      case 193 -> redrive();
      case 194 -> release();
      case 195 -> cancel();
      case 196 -> deleteSomething();
      case 197 -> defineTopic();
      case 198 -> judge(shard().setLiteTtl("lite", liteName(), ttl()), _ -> {});
      default -> describe();
    }
  }

  // ---- administration

  private void read() {
    long wait = random.nextBoolean() ? 0 : random.nextInt(20_000);
    boolean isLite = random.nextInt(3) > 0;
    var reply =
        shard()
            .read(
                new ReadRequest(
                    isLite ? "lite" : "fifo",
                    Optional.of(isLite ? liteName() : "q" + random.nextInt(4)),
                    offsetOption().orElse(new OffsetOption.Min()),
                    Optional.empty(),
                    random.nextInt(1, 20),
                    Duration.ofMillis(wait)));
    waits.add(new Wait(reply, "read in step " + step, wait));
    judge(
        reply,
        outcome -> {
          if (!outcome.isOk()) {
            expectRefusal(
                outcome,
                RefusalCode.GONE,
                hasRetention ? RefusalCode.MESSAGE_NOT_FOUND : RefusalCode.GONE);
            return;
          }
          long next = -1;
          for (var each : outcome.value().messages()) {
            if (next >= 0 && each.offset() != next && !hasRetention) {
              throw new AssertionError("read " + each.offset() + " where " + next + " is next");
            }
            next = each.offset() + 1;
            if (!ledger.sent.containsKey(each.message().id())) {
              throw new AssertionError("read what was never sent: " + each.message().id());
            }
          }
        });
  }

  private void reset() {
    boolean isLite = random.nextBoolean();
    String topic = isLite ? "lite" : any(STANDARD_TOPICS);
    String group =
        isLite ? any(List.of("shared", "exclusive", "whole", "wide")) : any(List.of("g0", "g1"));
    OffsetOption to = offsetOption().orElse(new OffsetOption.Min());
    if (isLite && random.nextBoolean()) {
      String name = liteName();
      ledger.reset(group, "lite/" + name, step);
      judge(shard().resetOffset(group, topic, Optional.of(name), to), _ -> {});
    } else {
      ledger.resetBegins(group, topic);
      askLong(
          shard().resetOffset(group, topic, Optional.empty(), to),
          () -> ledger.resetEnds(group, topic, step));
    }
  }

  private void reclaim() {
    String name = liteName();
    ledger.goes("lite", name, step);
    Set<Long> going = new HashSet<>();
    ledger.queueNames.forEach((id, known) -> {
      if (known.equals("lite/" + name)) {
        going.add(id);
      }
    });
    clients.forEach(client -> {
      client.follows.remove(name);
      client.left.remove(name);
    });
    int asked = life;
    judge(
        shard().reclaimLite("lite", name),
        outcome -> {
          // What was under way when it was asked may belong to the next life.
          if (asked == life && outcome.isOk() && going.contains(outcome.value().queueId())) {
            ledger.gone.add(outcome.value().queueId());
          }
          if (outcome.isOk()) {
            ledger.maybeGone.add(outcome.value().queueId());
          }
        });
  }

  private void deleteSomething() {
    // Now and then two at once.
    for (int i = random.nextInt(4) == 0 ? 2 : 1; i > 0; i--) {
      if (random.nextBoolean()) {
        deleteTopic(any(List.of("normal", "fifo", "prio", "lite")));
      } else {
        deleteGroup(any(List.of("g0", "shared", "exclusive", "whole")));
      }
    }
  }

  private void deleteTopic(String topic) {
    ledger.goingBegins(topic);
    clients.forEach(client -> client.left.clear());
    var reply = shard().deleteTopic(topic);
    judge(
        reply,
        outcome -> expectRefusal(outcome, RefusalCode.TOPIC_NOT_FOUND, RefusalCode.STORAGE_FULL));
    askLong(reply, () -> ledger.goingEnds(topic, step));
  }

  private void deleteGroup(String group) {
    List<String> topics = List.of("normal", "fifo", "prio", "lite");
    topics.forEach(topic -> ledger.resetBegins(group, topic));
    clients.forEach(client -> client.left.clear());
    var reply = shard().deleteGroup(group);
    judge(
        reply,
        outcome -> expectRefusal(outcome, RefusalCode.GROUP_NOT_FOUND, RefusalCode.STORAGE_FULL));
    askLong(
        reply,
        () -> {
          topics.forEach(topic -> ledger.resetEnds(group, topic, step));
          isToDefine.add(group);
        });
  }

  private void defineTopic() {
    judge(
        shard()
            .defineTopic(
                new TopicDefinition(
                    "lite", TopicType.LITE, ttl(), hasShortTtl && random.nextBoolean())),
        _ -> {});
  }

  private void describe() {
    judge(shard().listLite("lite", "", "", 10), _ -> {});
    judge(shard().describeGroup(any(List.of("g0", "g1", "shared", "exclusive"))), _ -> {});
    judge(shard().describeLite("lite", liteName()), _ -> {});
  }

  // ---- the world

  private void pass() {
    driver.pass(random.nextInt(4) == 0 ? random.nextInt(60_000) : random.nextInt(1_500));
  }

  private void fillOrFreeDisk() {
    if (isFull) {
      driver.log().limitRoom(Long.MAX_VALUE, 0);
    } else {
      long used = driver.log().end() - driver.log().segments().getFirst().base();
      long reserve = random.nextInt(200_000, 800_000);
      driver.log().limitRoom(used + reserve + random.nextInt(100_000), reserve);
    }
    isFull = !isFull;
  }

  private void crash() {
    boolean isIndexLost = random.nextInt(4) == 0;
    loseAnswers();
    driver.crash(
        random.nextInt(driver.unsynced() + 1),
        random.nextInt(driver.unflushedWrites() + 1),
        isIndexLost);
    ledger.crashed(driver.log().end());
    for (SimulatedClient client : clients) {
      client.left.clear();
      if (random.nextInt(3) > 0) {
        introduce(client);
      }
    }
  }

  // ---- the end

  /** Everything comes back, everything is consumed, and then all must be there. */
  private final class Healing {
    private final Map<Long, Map<Long, String>> found = new TreeMap<>();
    private final Map<Long, String> topics = new HashMap<>();

    /** Places that queues hold back, and whether they say that there is a copy. */
    private final Map<MessageHandle, Boolean> withheld = new HashMap<>();

    /** Group and message id of what was dead-lettered. */
    private final Set<String> dead = new HashSet<>();

    void run() {
      driver.log().limitRoom(Long.MAX_VALUE, 0);
      isFull = false;
      if (rules != null) {
        rules = null;
        GROUPS.forEach(SimulatedWorld.this::redefine);
      }
      settleAll();
      expectNothing(inspector().unentered());
      collect();
      ledger.checkKept(found);
      withdrawals.checkKept(found, withheld, !isRedriven && !hasRetention && !hasShortTtl);
      if (delays != null) {
        delays.checkKept(found, withheld.keySet(), !isRedriven);
      }
      for (String group : List.of("g0", "g1")) {
        STANDARD_TOPICS.forEach(topic -> drain(group, topic));
      }
      drain("shared", "lite");
      drain("exclusive", "lite");
      drain("whole", "lite");
      drain("wide", "lite");
      expectNothing(inspector().undrained());
      driver.pass(31_000);
      driver.settle();
      driver.pass(31_000);
      driver.settle();
      expectNothing(inspector().leftovers());
      expectNothing(inspector().disagreeing());
      if (hasShortTtl) {
        // What nobody followed may have been reclaimed while others were drained.
        found.clear();
      }
      collect();
      found.forEach((queueId, messages) -> checkDrained(queueId, messages));
      compareFolds();
    }

    private void settleAll() {
      driver.settle();
      for (int i = 0; i < 5; i++) {
        driver.pass(31_000);
        driver.settle();
      }
      loseAnswers();
      defineDeleted();
      driver.settle();
    }

    private void collect() {
      Map<String, String> placeOf = new HashMap<>();
      withheld.putAll(WithheldMessages.of(inspector()));
      for (ShardInspector.Found each : inspector().messages(driver.log())) {
        if (each.stored() == null) {
          if (!hasRetention) {
            throw new AssertionError("unreadable: " + each);
          }
          continue;
        }
        String id = each.stored().message().id();
        if (each.topic().startsWith("%DLQ%")) {
          dead.add(each.topic().substring(5) + " " + id);
          continue;
        }
        if (!ledger.sent.containsKey(id)) {
          throw new AssertionError("never sent: " + each);
        }
        boolean isWithheld = withheld.containsKey(new MessageHandle(each.queueId(), each.offset()));
        String other = isWithheld ? null : placeOf.put(id, each.queueId() + " " + each.offset());
        if (other != null && !isRedriven && !ledger.maybeResent(id)) {
          throw new AssertionError("twice: " + id + " at " + other + " and " + each);
        }
        topics.put(each.queueId(), each.topic());
        ledger.queueNames.putIfAbsent(each.queueId(), each.topic() + "/" + each.queue());
        found.computeIfAbsent(each.queueId(), _ -> new TreeMap<>()).put(each.offset(), id);
      }
    }

    private void drain(String group, String topic) {
      SimulatedClient healer =
          new SimulatedClient(
              "healer-" + group, group, topic, tagsOf(group, topic), Long.MAX_VALUE);
      introduce(healer);
      if (healer.isLite) {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < 6; i++) {
          names.add("s" + i);
        }
        define(group);
        for (String name : names) {
          changeSubscription(healer, SubscriptionChange.Action.ADD, Set.of(name), Optional.empty());
          driver.settle();
          drainNow(healer, name);
          changeSubscription(
              healer, SubscriptionChange.Action.REMOVE, Set.of(name), Optional.empty());
          driver.settle();
        }
      } else {
        drainNow(healer, "");
      }
    }

    private void drainNow(SimulatedClient healer, String name) {
      String pending = " " + healer.topic + "/" + name;
      for (int i = 0; i < 100; i++) {
        step++;
        poll(healer, 60_000, 0);
        driver.settle();
        expectRightAnswers();
        boolean isIdle = healer.inHand.isEmpty();
        List.copyOf(healer.inHand).forEach(SimulatedWorld.this::acknowledge);
        healer.inHand.clear();
        driver.settle();
        expectRightAnswers();
        if (!isIdle) {
          continue;
        }
        boolean isDrained =
            inspector().undrained().stream()
                .noneMatch(each ->
                    each.contains(pending) && each.contains(" of group " + healer.group + " "));
        if (isDrained) {
          return;
        }
        driver.pass(61_000);
      }
    }

    private void checkDrained(long queueId, Map<Long, String> messages) {
      String topic = topics.getOrDefault(queueId, "");
      for (String group :
          topic.equals("lite")
              ? List.of("shared", "exclusive", "whole", "wide")
              : List.of("g0", "g1")) {
        String name = ledger.queueNames.getOrDefault(queueId, "");
        if (!name.startsWith(topic + "/" + prefixOf(group).orElse(""))) {
          continue;
        }
        Map<Long, String> expected = new TreeMap<>(messages);
        expected.values().removeIf(id -> isRedriven || dead.contains(group + " " + id));
        expected.keySet().removeIf(at -> withheld.containsKey(new MessageHandle(queueId, at)));
        ledger.checkDrained(group, tagsOf(group, topic), queueId, expected);
      }
    }

    private void compareFolds() {
      if (hasRetention) {
        return;
      }
      driver.settle();
      expectNothing(new TallyInspector(driver.shard()).miscounted());
      if (inspector().isSwept()) {
        expectNothing(new TallyInspector(driver.shard()).uncounted(inspector()));
      }
      List<String> alive = inspector().state();
      alive.addAll(new ParkedInspector(driver.shard()).state());
      RunningShard rebuilt = driver.rebuilt();
      List<String> folded = new ShardInspector(rebuilt, config.maxWindow()).state();
      folded.addAll(new ParkedInspector(rebuilt).state());
      List<String> missing = new ArrayList<>(alive);
      missing.removeAll(new HashSet<>(folded));
      List<String> extra = new ArrayList<>(folded);
      extra.removeAll(new HashSet<>(alive));
      if (!missing.isEmpty() || !extra.isEmpty()) {
        throw new AssertionError(
            "alive and not in the fold: " + missing + "\nin the fold and not alive: " + extra);
      }
    }
  }
}

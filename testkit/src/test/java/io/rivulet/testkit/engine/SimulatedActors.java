package io.rivulet.testkit.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. What producers and consumers of a simulated world do, and what the ledger
 * learns from it.
 */
abstract class SimulatedActors extends SimulatedGround {
  /** Senders whose messages are to be delivered later; null: nobody sends such. */
  @Nullable SimulatedDelays delays;

  SimulatedActors(RandomGenerator random, @Nullable RandomGenerator rules) {
    super(random, rules);
  }

  // ---- producers

  void send() {
    List<Message> batch = new ArrayList<>();
    String topic = any(List.of("normal", "fifo", "prio", "lite", "lite"));
    boolean isLarge = random.nextInt(60) == 0;
    for (int i = random.nextInt(5) == 0 ? random.nextInt(1, 8) : 1; i > 0; i--) {
      int size = isLarge && i == 1 ? random.nextInt(100_000, 400_000) : random.nextInt(100);
      Message.Builder message =
          Message.builder(topic, "m" + ids++, new byte[size])
              .tag(random.nextInt(3) == 0 ? null : any(TAGS));
      switch (topic) {
        case "fifo" -> message.messageGroup("q" + random.nextInt(4));
        case "prio" -> message.priority(random.nextInt(3));
        case "lite" -> message.liteTopic(liteName());
        default -> {}
      }
      if (rules != null && List.of("fifo", "lite").contains(topic)) {
        message.properties(
            Map.of(
                Fairness.DEFAULT_PROPERTY,
                "t" + rules.nextInt(3),
                Demand.PRIORITY_PROPERTY,
                Integer.toString(rules.nextInt(3))));
      }
      batch.add(message.build());
    }
    batch.forEach(message -> ledger.sent.put(message.id(), message));
    send(batch);
  }

  void send(List<Message> batch) {
    Set<Long> goneBefore = new HashSet<>(ledger.gone);
    int asked = life;
    long askedStep = step;
    judge(
        shard().send("", batch),
        outcomes -> {
          for (int i = 0; i < batch.size() && asked == life; i++) {
            if (outcomes.get(i) instanceof Outcome.Ok<SendReceipt>(SendReceipt receipt)) {
              ledger.stored(batch.get(i), receipt, goneBefore, askedStep);
            } else {
              expectRefusal(outcomes.get(i), RefusalCode.STORAGE_FULL);
            }
          }
        });
  }

  void resend() {
    if (!ledger.sent.isEmpty()) {
      Message again = any(List.copyOf(ledger.sent.values()));
      if (again.deliverAtMillis() > 0) {
        return;
      }
      withdrawals.resent(again.id());
      send(List.of(again));
    }
  }

  // ---- consumers

  void poll(SimulatedClient client) {
    poll(
        client,
        random.nextInt(3) == 0 ? 0 : random.nextInt(1_000, 60_000),
        random.nextInt(3) == 0 ? 0 : random.nextInt(1_000, 40_000));
  }

  void poll(SimulatedClient client, long invisible, long wait) {
    PollRequest request =
        new PollRequest(
            client.group,
            client.topic,
            client.id,
            random.nextInt(1, 10),
            invisible == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(invisible)),
            new Filter(client.tags),
            Duration.ofMillis(wait),
            random.nextInt(4) == 0 ? Optional.of("again" + random.nextInt(2)) : Optional.empty(),
            random.nextInt(4) > 0);
    Ledger.Asked asked =
        new Ledger.Asked(
            client.group,
            client.id,
            client.tags,
            client.isStrict,
            step,
            now(),
            // What is handed out again keeps the terms of the poll that it was first handed to.
            request.attemptId().isPresent() ? 0 : invisible == 0 ? LEASE.toMillis() : invisible);
    int askedLife = life;
    var reply = shard().poll(request);
    polls.add(new OpenPoll(client.group, reply));
    waits.add(new Wait(reply, "poll of " + client.id + " in step " + step, wait));
    judge(
        reply,
        outcome -> {
          if (askedLife != life) {
            return;
          }
          if (outcome instanceof Outcome.Ok<List<DeliveredMessage>>(var batch)) {
            take(client, asked, batch);
          } else {
            expectRefusal(
                outcome,
                RefusalCode.STORAGE_FULL,
                RefusalCode.GROUP_NOT_FOUND,
                RefusalCode.GROUP_MISMATCH);
          }
        });
  }

  void take(SimulatedClient client, Ledger.Asked asked, List<DeliveredMessage> batch) {
    ledger.delivered(asked, batch, now(), driver.log().end());
    long wallOffset = driver.clock.wallMillis() - now();
    for (DeliveredMessage each : batch) {
      withdrawals.delivered(asked, each, asked.atMillis() + wallOffset, !isRedriven);
      if (delays != null) {
        delays.delivered(asked, each, !isRedriven);
      }
      String name = Ledger.queueNameOf(each.message().message());
      Long left = client.left.get(name);
      // A reply that was lost is handed out again with what the client left meanwhile.
      boolean isNew = asked.invisibleMillis() > 0;
      if (client.isLite && isNew && left != null && left < asked.step()) {
        throw new AssertionError(
            "%s left %s in step %d and got %s asked for in step %d"
                .formatted(client.id, name, left, each.message().message().id(), asked.step()));
      }
      client.inHand.add(
          new SimulatedClient.InHand(
              client.group,
              client.topic,
              each.message().queueId(),
              each.message().offset(),
              each.receiptHandle()));
    }
  }

  Optional<SimulatedClient.InHand> inHand(boolean remove) {
    SimulatedClient client = any(clients);
    if (client.inHand.isEmpty()) {
      return Optional.empty();
    }
    int at = random.nextInt(client.inHand.size());
    return Optional.of(remove ? client.inHand.remove(at) : client.inHand.get(at));
  }

  void acknowledge() {
    boolean isKept = random.nextInt(5) == 0;
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      inHand(!isKept).ifPresent(this::acknowledge);
    }
  }

  void acknowledge(SimulatedClient.InHand hand) {
    Ledger.Track track = ledger.track(hand.group(), hand.queueId());
    track.maybeSettled.add(hand.offset());
    // It may take effect long before its answer comes.
    Ledger.Held held = track.held.remove(hand.offset());
    int resets = track.resets;
    int asked = life;
    judge(
        shard().acknowledge(hand.group(), List.of(hand.handle())),
        outcomes -> {
          if (asked == life && track.resets == resets) {
            settled(hand, track, held, outcomes.getFirst());
          }
        });
  }

  void settled(
      SimulatedClient.InHand hand,
      Ledger.Track track,
      Ledger.@Nullable Held held,
      Outcome<String> outcome) {
    if (outcome.isOk()) {
      track.acknowledged.putIfAbsent(hand.offset(), step);
    } else if (held != null
        && held.handle.equals(hand.handle())
        && held.untilMillis > now()
        && !isFull
        && !isFullRefusal(outcome)) {
      throw new AssertionError(
          "the handle of offset %d in queue %d holds until %d and was refused at %d: %s"
              .formatted(hand.offset(), hand.queueId(), held.untilMillis, now(), outcome));
    }
  }

  static boolean isFullRefusal(Outcome<?> outcome) {
    return outcome instanceof Outcome.Refused<?> refused
        && refused.refusal().code() == RefusalCode.STORAGE_FULL;
  }

  void changeInvisible() {
    inHand(true)
        .ifPresent(hand -> {
          boolean suspend = random.nextInt(4) == 0;
          long invisible = random.nextInt(3) == 0 ? 0 : random.nextInt(30_000);
          Ledger.Track track = ledger.track(hand.group(), hand.queueId());
          track.held.remove(hand.offset());
          int resets = track.resets;
          int suspensions = track.suspensions;
          int asked = life;
          long at = now();
          String clientId = "";
          long askedStep = step;
          judge(
              shard()
                  .changeInvisible(
                      hand.group(), hand.handle(), Duration.ofMillis(invisible), suspend),
              outcome -> {
                if (asked == life
                    && track.resets == resets
                    && outcome instanceof Outcome.Ok<String>(String handle)) {
                  if (suspend
                      && hand.topic().matches("lite|fifo")
                      && track.suspensions == suspensions) {
                    track.suspendedUntilMillis = at + invisible;
                    track.suspendedStep = askedStep;
                    track.isSuspendedFromOutside = false;
                  }
                  any(clients)
                      .inHand
                      .add(
                          new SimulatedClient.InHand(
                              hand.group(), hand.topic(), hand.queueId(), hand.offset(), handle));
                  if (!track.acknowledged.containsKey(hand.offset())) {
                    track.held.put(
                        hand.offset(),
                        new Ledger.Held(
                            handle, hand.offset(), 0, at + invisible, clientId, askedStep));
                  }
                }
              });
        });
  }

  void deadLetter() {
    inHand(true)
        .ifPresent(hand -> {
          Ledger.Track track = ledger.track(hand.group(), hand.queueId());
          track.maybeSettled.add(hand.offset());
          track.held.remove(hand.offset());
          judge(shard().deadLetter(hand.group(), hand.handle(), "poison"), _ -> {});
        });
  }

  void release() {
    inHand(true)
        .ifPresent(hand -> {
          Ledger.Track track = ledger.track(hand.group(), hand.queueId());
          track.held.remove(hand.offset());
          judge(shard().release(hand.group(), List.of(hand.handle())), _ -> {});
        });
  }

  @SuppressWarnings("ReferenceEquality") // it is that very future
  void cancel() {
    List<Wait> open = waits.stream().filter(wait -> !wait.reply.isDone()).toList();
    if (!open.isEmpty()) {
      Wait ended = any(open);
      // What it was granted is released, unless the process dies before that.
      polls.stream()
          .filter(poll -> poll.reply() == ended.reply)
          .forEach(poll -> ledger.unseen(poll.group()));
      ended.reply.cancel(false);
    }
  }

  void redrive() {
    isRedriven = true;
    judge(shard().redrive(any(List.of("g0", "g1", "shared")), random.nextInt(1, 5)), _ -> {});
  }

  // ---- clients

  void changeSubscription() {
    SimulatedClient client = anyLite();
    SubscriptionChange.Action action = any(List.of(SubscriptionChange.Action.values()));
    Set<String> names = new LinkedHashSet<>();
    Optional<OffsetOption> offset = Optional.empty();
    switch (action) {
      case ADD -> {
        names.add(liteName());
        offset = offsetOption();
      }
      case REMOVE -> names.add(liteName());
      case REPLACE -> {
        names.addAll(client.follows);
        if (random.nextInt(4) == 0) {
          names.add(liteName());
        }
      }
      case CLEAR -> names.clear();
    }
    changeSubscription(client, action, names, offset);
  }

  void changeSubscription(
      SimulatedClient client,
      SubscriptionChange.Action action,
      Set<String> names,
      Optional<OffsetOption> offset) {
    if (action == SubscriptionChange.Action.ADD || action == SubscriptionChange.Action.REPLACE) {
      names.forEach(client.left::remove);
      client.lastAddStep = step;
    }
    if (offset.isPresent() && !(offset.get() instanceof OffsetOption.Last)) {
      names.forEach(name -> ledger.reset(client.group, "lite/" + name, step));
    }
    Set<String> leaving =
        switch (action) {
          case REMOVE -> names;
          case CLEAR -> new TreeSet<>(client.follows);
          case ADD, REPLACE -> Set.of();
        };
    int asked = life;
    long askedStep = step;
    judge(
        shard()
            .changeSubscription(
                new SubscriptionChange(client.group, client.id, "lite", action, names, offset)),
        outcome -> {
          if (asked == life && outcome.isOk()) {
            subscribed(client, action, names, leaving, askedStep);
          }
        });
  }

  void subscribed(
      SimulatedClient client,
      SubscriptionChange.Action action,
      Set<String> names,
      Set<String> leaving,
      long askedStep) {
    if (action == SubscriptionChange.Action.ADD) {
      client.follows.addAll(names);
    }
    leaving.forEach(client.follows::remove);
    if (askedStep > client.lastAddStep) {
      leaving.forEach(name -> client.left.put(name, step));
    }
  }

  void heartbeat() {
    for (SimulatedClient client : clients) {
      if (random.nextInt(3) > 0 && !shard().clientAlive(client.id)) {
        introduce(client);
      }
    }
  }

  void leave() {
    SimulatedClient client = any(clients);
    ledger.left(client.id, step);
    client.left.clear();
    client.follows.clear();
    client.lastAddStep = step;
    shard().clientGone(client.id);
  }
}

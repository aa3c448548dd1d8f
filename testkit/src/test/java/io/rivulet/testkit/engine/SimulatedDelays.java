package io.rivulet.testkit.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.ParkedInspector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Owned by one thread. Senders of a simulated world whose messages are to be delivered later, and
 * what is known of these: nobody gets one before its time or after it was taken back, and each that
 * was stored is there once in the end.
 */
final class SimulatedDelays {
  private static final int MAX_DELAY_MILLIS = 100_000;

  private final SimulatedActors world;
  private final RandomGenerator random;

  /** What was acknowledged to its sender, by id, with the handle. */
  private final Map<String, SendReceipt> stored = new LinkedHashMap<>();

  /** Steps in which somebody knew that it was taken back. */
  private final Map<String, Long> takenBack = new HashMap<>();

  /** What somebody asked to take back, or sent again. */
  private final Set<String> maybeTakenBack = new HashSet<>();

  private final Set<String> sentAgain = new HashSet<>();
  private int ids;

  SimulatedDelays(SimulatedActors world, RandomGenerator random) {
    this.world = world;
    this.random = random;
  }

  /** Nothing, mostly. */
  void act() {
    int dice = random.nextInt(20);
    if (dice < 5) {
      send();
    } else if (dice < 6 && !stored.isEmpty()) {
      takeBack();
    } else if (dice < 7 && !stored.isEmpty()) {
      Message again = world.ledger.sent.get(any(List.copyOf(stored.keySet())));
      if (again != null) {
        sentAgain.add(again.id());
        send(List.of(again));
      }
    }
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private void send() {
    boolean isPriority = random.nextBoolean();
    boolean isLarge = random.nextInt(30) == 0;
    List<Message> batch = new ArrayList<>();
    for (int i = random.nextInt(3) == 0 ? random.nextInt(1, 6) : 1; i > 0; i--) {
      int size = isLarge && i == 1 ? random.nextInt(100_000, 400_000) : random.nextInt(100);
      long due = world.driver.clock.wallMillis() + random.nextInt(-1000, MAX_DELAY_MILLIS);
      Message message =
          Message.builder(isPriority ? "prio" : "normal", "d" + ids++, new byte[size])
              .tag(random.nextBoolean() ? "a" : null)
              .priority(isPriority ? random.nextInt(3) : Message.NO_PRIORITY)
              .deliverAt(due)
              .build();
      batch.add(message);
      world.ledger.sent.put(message.id(), message);
    }
    send(batch);
  }

  private void send(List<Message> batch) {
    int asked = world.life;
    world.judge(
        world.shard().send("", batch),
        outcomes -> {
          for (int i = 0; i < batch.size() && asked == world.life; i++) {
            if (outcomes.get(i) instanceof Outcome.Ok<SendReceipt>(SendReceipt receipt)) {
              stored(receipt);
            } else {
              world.expectRefusal(
                  outcomes.get(i),
                  RefusalCode.STORAGE_FULL,
                  world.hasRetention ? RefusalCode.TOO_MANY_REQUESTS : RefusalCode.STORAGE_FULL);
            }
          }
        });
  }

  private void stored(SendReceipt receipt) {
    SendReceipt before = stored.put(receipt.messageId(), receipt);
    String topic = topicOf(receipt.messageId());
    if (before != null
        && !before.handle().equals(receipt.handle())
        && !world.ledger.mayBeGone(topic)) {
      throw new AssertionError(before + " was stored again: " + receipt);
    }
  }

  private String topicOf(String id) {
    Message message = world.ledger.sent.get(id);
    return message == null ? "" : message.topic();
  }

  private void takeBack() {
    SendReceipt receipt = any(List.copyOf(stored.values()));
    String id = receipt.messageId();
    maybeTakenBack.add(id);
    world.withdrawals.asked(id);
    int asked = world.life;
    world.judge(
        world.shard().cancel(topicOf(id), receipt.handle()),
        outcome -> {
          if (outcome instanceof Outcome.Ok<Cancellation>(Cancellation answer)) {
            if (asked == world.life && answer.found() != Cancellation.Found.DONE) {
              takenBack.putIfAbsent(id, world.step);
            }
          } else {
            world.expectRefusal(outcome, RefusalCode.MESSAGE_NOT_FOUND, RefusalCode.STORAGE_FULL);
          }
        });
  }

  /** A message was delivered. */
  void delivered(Ledger.Asked asked, DeliveredMessage each, boolean isKnownOnce) {
    Message message = each.message().message();
    if (message.deliverAtMillis() > world.driver.clock.wallMillis()) {
      throw new AssertionError(
          message.id() + " was delivered before its time " + message.deliverAtMillis());
    }
    if (isKnownOnce
        && !sentAgain.contains(message.id())
        && takenBack.getOrDefault(message.id(), Long.MAX_VALUE) < asked.step()) {
      throw new AssertionError(
          "%s was taken back in step %d and delivered to %s, who asked in step %d"
              .formatted(
                  message.id(), takenBack.get(message.id()), asked.clientId(), asked.step()));
    }
  }

  /** What must hold whenever the shard has had its turn. */
  List<String> wrong() {
    return new ParkedInspector(world.shard()).wrong(world.driver.log().head());
  }

  /**
   * In the end, when the time of all has come.
   *
   * @param found by queue and offset
   * @param withheld places from which nothing is delivered
   * @param isKnownOnce nothing but what is asked here makes copies of messages
   */
  void checkKept(
      Map<Long, Map<Long, String>> found, Set<MessageHandle> withheld, boolean isKnownOnce) {
    SimulatedGround.expectNothing(wrong());
    long waiting = new ParkedInspector(world.shard()).count();
    if (waiting > 0) {
      throw new AssertionError(waiting + " messages wait still");
    }
    Map<String, Integer> live = new HashMap<>();
    found.forEach((queueId, messages) ->
        messages.forEach((offset, id) -> {
          if (!withheld.contains(new MessageHandle(queueId, offset))) {
            live.merge(id, 1, Integer::sum);
          }
        }));
    for (String id : stored.keySet()) {
      int count = live.getOrDefault(id, 0);
      boolean isFirm = isKnownOnce && !world.ledger.mayBeGone(topicOf(id));
      if (isFirm && takenBack.containsKey(id) && !sentAgain.contains(id) && count > 0) {
        throw new AssertionError(id + " was taken back and is there in the end");
      }
      boolean mayBeMissing = maybeTakenBack.contains(id) || world.hasRetention;
      if (isFirm && (count > 1 || (count == 0 && !mayBeMissing))) {
        throw new AssertionError(id + " was stored once and is there " + count + " times");
      }
    }
  }
}

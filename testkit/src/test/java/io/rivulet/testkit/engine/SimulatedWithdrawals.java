package io.rivulet.testkit.engine;

import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.message.ReplyAddress;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Demand;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Owned by one thread. Senders of a simulated world who change their minds, and operators who let
 * lite topics rest. Has a random generator of its own: with it or without, the others draw the same
 * numbers.
 */
final class SimulatedWithdrawals {
  private final SimulatedActors world;
  private final RandomGenerator random;
  private int ids;

  SimulatedWithdrawals(SimulatedActors world, RandomGenerator random) {
    this.world = world;
    this.random = random;
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** Nothing, mostly. */
  void act() {
    int dice = random.nextInt(20);
    if (dice < 2) {
      send();
    } else if (dice < 5) {
      cancel();
    } else if (dice < 8) {
      reprioritize();
    } else if (dice < 9) {
      suspend();
    }
  }

  /** Requests with a deadline, a reply address, or a priority that they may not keep. */
  private void send() {
    String topic = any(List.of("normal", "fifo", "prio", "prio", "lite"));
    int size = random.nextInt(20) == 0 ? random.nextInt(100_000, 400_000) : random.nextInt(100);
    Message.Builder message = Message.builder(topic, "w" + ids++, new byte[size]);
    Map<String, String> properties = new HashMap<>();
    if (random.nextInt(3) == 0) {
      long deadline = world.driver.clock.wallMillis() + random.nextInt(60_000);
      properties.put(Demand.DEADLINE_PROPERTY, Long.toString(deadline));
    }
    if (!topic.equals("prio") && random.nextInt(2) == 0) {
      properties.put(ReplyAddress.TOPIC_PROPERTY, "lite");
      properties.put(ReplyAddress.LITE_TOPIC_PROPERTY, "s" + random.nextInt(6));
    }
    switch (topic) {
      case "fifo" -> message.messageGroup("q" + random.nextInt(4));
      case "prio" -> message.priority(random.nextInt(3));
      case "lite" -> message.liteTopic("s" + random.nextInt(6));
      default -> {}
    }
    Message built = message.properties(properties).build();
    world.ledger.sent.put(built.id(), built);
    world.send(List.of(built));
  }

  private SendReceipt anyReceipt() {
    return any(List.copyOf(world.ledger.receipts.values()));
  }

  private void cancel() {
    if (world.ledger.receipts.isEmpty()) {
      return;
    }
    SendReceipt receipt = anyReceipt();
    Message message = world.ledger.sent.get(receipt.messageId());
    expectNote(receipt, message == null ? Map.of() : message.properties());
    world.withdrawals.asked(receipt.messageId());
    int asked = world.life;
    world.judge(
        world.shard().cancel("", receipt.handle()),
        outcome -> {
          if (outcome instanceof Outcome.Ok<Cancellation>(Cancellation answer)) {
            if (asked == world.life) {
              world.withdrawals.cancelled(receipt, answer, world.step);
            }
          } else {
            world.expectRefusal(outcome, RefusalCode.MESSAGE_NOT_FOUND, RefusalCode.STORAGE_FULL);
          }
        });
  }

  /** A note may be written by the engine: it is as if somebody had sent it. */
  private void expectNote(SendReceipt receipt, Map<String, String> properties) {
    ReplyAddress.of(properties)
        .ifPresent(to -> {
          String id = Withdrawals.NOTE_PREFIX + receipt.handle();
          Message note =
              Message.builder(to.topic(), id, new byte[0])
                  .tag(ReplyAddress.CANCELLED_TAG)
                  .properties(Map.of(ReplyAddress.CANCELLED_ID_PROPERTY, receipt.messageId()))
                  .liteTopic(to.liteTopic())
                  .build();
          world.ledger.sent.put(id, note);
        });
  }

  private void reprioritize() {
    if (world.ledger.receipts.isEmpty()) {
      return;
    }
    SendReceipt receipt = anyReceipt();
    Message message = world.ledger.sent.get(receipt.messageId());
    if (message != null && message.topic().equals("prio")) {
      world.withdrawals.asked(receipt.messageId());
    }
    int asked = world.life;
    world.judge(
        world.shard().reprioritize(receipt.handle(), random.nextInt(3)),
        outcome -> {
          if (outcome instanceof Outcome.Ok<Reprioritized>(Reprioritized answer)) {
            if (asked == world.life) {
              MessageHandle to = MessageHandle.decode(answer.handle()).orElseThrow();
              world.withdrawals.moved(receipt, to, world.step);
            }
          } else {
            world.expectRefusal(
                outcome,
                RefusalCode.MESSAGE_NOT_FOUND,
                RefusalCode.MESSAGE_NOT_WAITING,
                RefusalCode.TYPE_MISMATCH,
                RefusalCode.TOO_MANY_REQUESTS,
                RefusalCode.STORAGE_FULL);
          }
        });
  }

  private void suspend() {
    String name = "s" + random.nextInt(6);
    String group = any(List.of("shared", "exclusive", "whole", "wide"));
    long length = random.nextInt(3) == 0 ? 0 : random.nextInt(30_000);
    List<Ledger.Track> tracks = world.ledger.suspending(group, "lite/" + name);
    List<Integer> requests = tracks.stream().map(track -> track.suspensions).toList();
    List<Integer> resets = tracks.stream().map(track -> track.resets).toList();
    int asked = world.life;
    long askedStep = world.step;
    long at = world.now();
    world.judge(
        world.shard().suspendLite(group, "lite", name, Duration.ofMillis(length)),
        outcome -> {
          if (!(outcome instanceof Outcome.Ok<Instant>)) {
            world.expectRefusal(
                outcome,
                RefusalCode.LITE_TOPIC_NOT_FOUND,
                RefusalCode.GROUP_NOT_FOUND,
                RefusalCode.GROUP_MISMATCH,
                RefusalCode.TYPE_MISMATCH,
                RefusalCode.STORAGE_FULL);
          } else if (asked == world.life && tracks.size() == 1) {
            // More than one: it is not known which life of the name it was.
            Ledger.Track track = tracks.getFirst();
            if (track.suspensions == requests.getFirst() && track.resets == resets.getFirst()) {
              track.suspendedUntilMillis = at + length;
              track.suspendedStep = askedStep;
              track.isSuspendedFromOutside = true;
            }
          }
        });
  }
}

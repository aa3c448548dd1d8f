package io.rivulet.cluster.forward;

import static io.rivulet.cluster.forward.TwoNodes.delivered;
import static io.rivulet.cluster.forward.TwoNodes.message;
import static io.rivulet.cluster.forward.TwoNodes.poll;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Calls of all sizes under random orders, breaks, cancellations and delays: each ends once. */
class NodeLinkSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 200);
  private static final int STEPS = 400;

  /** Owned by the test's thread. One world. */
  private static final class World {
    private final Random random;
    private final TwoNodes nodes;
    private final List<CompletableFuture<?>> replies = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();
    private final List<Integer> breaksBefore = new ArrayList<>();
    private final Map<String, Integer> lastArrived = new HashMap<>();
    private final List<Object> handedOut = new ArrayList<>();
    private int answers;
    private int looked;
    private int breaks;

    World(long seed) throws IOException {
      random = new Random(seed);
      nodes = new TwoNodes(random, NodeProtocol.Caller.named("a"));
    }

    private int bytes() {
      return switch (random.nextInt(8)) {
        case 0 -> random.nextInt(2 << 20);
        case 1, 2 -> random.nextInt(100 << 10);
        default -> random.nextInt(200);
      };
    }

    private void ask() {
      int index = replies.size();
      CompletableFuture<?> reply =
          switch (random.nextInt(8)) {
            case 0, 1 -> nodes.link.calls().pollReady(poll(Duration.ofSeconds(random.nextInt(30))));
            case 2 -> nodes.link.shard(0).poll(poll(Duration.ofSeconds(random.nextInt(30))));
            default ->
                nodes
                    .link
                    .shard(random.nextInt(4))
                    .send("client", List.of(message("" + index, "s" + random.nextInt(3), bytes())));
          };
      replies.add(reply);
      breaksBefore.add(breaks);
      ends.add(0);
      var _ = reply.whenComplete((_, _) -> ends.set(index, ends.get(index) + 1));
    }

    private void answer() {
      List<TwoNodes.Asked> open =
          nodes.asked.stream().filter(each -> !each.reply().isDone()).toList();
      if (open.isEmpty()) {
        return;
      }
      TwoNodes.Asked asked = open.get(random.nextInt(open.size()));
      switch (random.nextInt(10)) {
        case 0 -> asked.reply().completeExceptionally(new NotOwnerException("moved"));
        case 1 -> asked.reply().completeExceptionally(new IOException("failed"));
        default -> {
          if (asked.method().equals("send")) {
            asked.reply().complete(List.of(Outcome.ok(new SendReceipt(asked.ids(), 1, 2, false))));
          } else {
            DeliveredMessage handed = delivered("m" + answers++, bytes());
            if (asked.method().equals("poll")) {
              handedOut.add(handed.receiptHandle());
            }
            asked.reply().complete(Outcome.ok(List.of(handed)));
          }
        }
      }
    }

    /** What a poll was handed has come to it, or was given back; only a break may lose it. */
    private void checkHandedOut() {
      Set<Object> come = new HashSet<>();
      for (CompletableFuture<?> reply : replies) {
        if (!reply.isCompletedExceptionally()
            && reply.join() instanceof Outcome.Ok<?>(List<?> several)) {
          several.forEach(each -> come.add(((DeliveredMessage) each).receiptHandle()));
        }
      }
      assertThat(nodes.released).noneMatch(come::contains);
      assertThat(nodes.released).doesNotHaveDuplicates();
      come.addAll(nodes.released);
      assertThat(handedOut).allMatch(each -> breaks > 0 || come.contains(each));
    }

    private void something() throws IOException {
      switch (random.nextInt(40)) {
        case 0 -> {
          if (random.nextInt(5) == 0) {
            breaks++;
            nodes.restart();
          }
        }
        case 1 -> nodes.time.pass(Duration.ofMillis(random.nextInt(4000)));
        case 2 -> {
          if (!replies.isEmpty()) {
            replies.get(random.nextInt(replies.size())).cancel(false);
          }
        }
        case 3, 4, 5, 6 -> ask();
        case 7, 8, 9 -> answer();
        default -> nodes.step();
      }
      checkOrder();
    }

    /** What one caller sends to a lite topic arrives in order, as long as the stream lasts. */
    private void checkOrder() {
      for (; looked < nodes.asked.size(); looked++) {
        TwoNodes.Asked asked = nodes.asked.get(looked);
        for (Object each : asked.arguments()) {
          if (each instanceof List<?> messages && messages.getFirst() instanceof Message sent) {
            int number = Integer.parseInt(sent.id());
            if (breaksBefore.get(number) < breaks) {
              continue; // it may have come by the stream that broke, or by the next one
            }
            String lane = breaks + "/" + asked.shard() + "/" + sent.liteTopic();
            Integer before = lastArrived.put(lane, number);
            assertThat(before == null || before < number)
                .as("%s arrived after %s", number, before)
                .isTrue();
          }
        }
      }
    }

    void run() throws IOException {
      for (int i = 0; i < STEPS; i++) {
        something();
      }
      for (int i = 0; i < 5; i++) {
        nodes.pass(Duration.ofSeconds(20));
      }
      assertThat(replies).allMatch(CompletableFuture::isDone);
      assertThat(ends).allMatch(each -> each == 1);
      assertThat(nodes.asked).allMatch(each -> each.reply().isDone());
      assertThat(nodes.isClean()).isTrue();
      checkHandedOut();
      CallCounters.Counted counted = nodes.calling.counted();
      assertThat(counted.prompt() + counted.waiting()).isLessThanOrEqualTo(replies.size());
      nodes.close();
      assertThat(nodes.ended).hasSizeLessThanOrEqualTo(breaks + 1).allMatch("a"::equals);
    }
  }

  @Test
  void eachCallEndsOnceAndNothingIsLeftBehind() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        new World(seed).run();
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}

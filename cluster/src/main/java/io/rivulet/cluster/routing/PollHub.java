package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls.Consumer;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Owned by one thread, the scheduler's; what others call only hands over. Polls of consumers whose
 * messages are spread over shards wait here, and not in any shard: a shard announces that it has
 * something for a consumer, and gets a poll that does not wait. So a consumer's waiting costs
 * nothing however many shards there are, and one poll drains several of them ({@link
 * ConsumerPolls}).
 *
 * <p>Other nodes are sources like shards: while somebody waits here, each of them is asked to say
 * when it has something for that consumer ({@link
 * io.rivulet.cluster.forward.NodeCalls#awaitReady}).
 */
final class PollHub {
  private static final Duration FORGET_AFTER = Duration.ofMinutes(2);

  private final Ground ground;
  private final Map<Consumer, ConsumerPolls> consumers = new HashMap<>();

  /**
   * Safe for all threads. What polls are made with.
   *
   * @param node the name of this one
   * @param shards where messages come from
   * @param returns takes back what any shard has handed out
   * @param thread the hub's
   * @param waitingPolls now
   * @param maxWaitingPolls of one consumer at a time
   * @param maxNodeBytes bodies in one answer to another node, of more than one shard
   */
  record Ground(
      String node,
      Shards shards,
      View view,
      Returns returns,
      Clock clock,
      ScheduledExecutorService thread,
      LongAdder waitingPolls,
      LongAdder refusedPolls,
      int maxWaitingPolls,
      long maxNodeBytes) {}

  PollHub(Ground ground) {
    this.ground = ground;
    ground.shards.whenChanged(() -> ground.thread.execute(this::changed));
    long every = FORGET_AFTER.toMillis();
    var _ = ground.thread.scheduleWithFixedDelay(this::forget, every, every, TimeUnit.MILLISECONDS);
  }

  /** Polls that wait now. */
  int waitingPolls() {
    return ground.waitingPolls.intValue();
  }

  /** Polls that were refused since too many of one consumer were waiting. */
  long refusedPolls() {
    return ground.refusedPolls.sum();
  }

  /** Polls, here and on other nodes. */
  CompletableFuture<Outcome<List<DeliveredMessage>>> poll(PollRequest request) {
    WaitingPoll poll = WaitingPoll.ofClient(request);
    Consumer consumer = consumer(request);
    ground.thread.execute(() -> arrived(consumer, poll));
    return poll.reply;
  }

  /** Polls the shards that are here, without waiting, for a client of another node. */
  CompletableFuture<Outcome<List<DeliveredMessage>>> pollReady(PollRequest request) {
    WaitingPoll poll = WaitingPoll.ofNode(request);
    Consumer consumer = consumer(request);
    ground.thread.execute(() -> arrived(consumer, poll));
    return poll.reply;
  }

  /** Waits until a shard that is here may have something for a consumer that polls elsewhere. */
  CompletableFuture<Boolean> awaitReady(Consumer consumer, Duration wait) {
    CompletableFuture<Boolean> reply = new CompletableFuture<>();
    ground.thread.execute(() -> pollsOf(consumer).await(reply, wait));
    return reply;
  }

  /** A shard that is here has something for a consumer. */
  void ready(int shard, String group, String topic, String clientId) {
    ground.thread.execute(() -> {
      ConsumerPolls there = consumers.get(new Consumer(group, topic, clientId));
      if (there != null) {
        there.ready(shard);
      }
    });
  }

  private Consumer consumer(PollRequest request) {
    boolean isByName =
        ground
            .view
            .group(request.group())
            .filter(each -> each.boundTopic().isPresent() && each.litePrefix().isEmpty())
            .isPresent();
    return new Consumer(request.group(), request.topic(), isByName ? request.clientId() : "");
  }

  private void arrived(Consumer consumer, WaitingPoll poll) {
    ConsumerPolls here = pollsOf(consumer);
    if (here.waiting() >= ground.maxWaitingPolls) {
      ground.refusedPolls.increment();
      poll.reply.complete(
          Outcome.refused(
              RefusalCode.TOO_MANY_REQUESTS,
              "more than %d polls of this consumer are waiting already (engine.max-waiting-polls)"
                  .formatted(ground.maxWaitingPolls)));
      return;
    }
    here.add(poll);
  }

  private ConsumerPolls pollsOf(Consumer consumer) {
    return consumers.computeIfAbsent(consumer, _ -> new ConsumerPolls(ground, consumer));
  }

  private void changed() {
    consumers.values().forEach(ConsumerPolls::changed);
  }

  private void forget() {
    long before = ground.clock.nanos() - FORGET_AFTER.toNanos();
    consumers.values().removeIf(each -> each.isIdleSince(before));
  }
}

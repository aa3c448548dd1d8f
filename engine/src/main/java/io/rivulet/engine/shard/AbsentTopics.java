package io.rivulet.engine.shard;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Owned by the shard thread, but for what says otherwise. Polls of topics that do not exist yet:
 * they wait for the topic to be made, and are then polled anew.
 */
final class AbsentTopics implements Dispatcher.QueueWatcher {
  private static final int MAX_WAITING = 10_000;

  /** A poll that waits for its topic. */
  static final class Waiting extends Timed {
    private final PollRequest request;
    private final CompletableFuture<Outcome<List<DeliveredMessage>>> reply;
    private long untilMillis;

    private Waiting(PollRequest request, CompletableFuture<Outcome<List<DeliveredMessage>>> reply) {
      this.request = request;
      this.reply = reply;
    }
  }

  private final Timers timers;
  private final ShardClock clock;
  private final Replies replies;
  private final Consumer<Waiting> pollAgain;
  private final Map<String, Absent> waiting = new ConcurrentHashMap<>();
  private int count;

  /** Owned by the shard thread, but for the names, which all threads may read. A topic. */
  private static final class Absent {
    private final List<Waiting> polls = new ArrayList<>(1);
    private final Set<String> groups = ConcurrentHashMap.newKeySet();
  }

  AbsentTopics(Timers timers, ShardClock clock, Replies replies, Consumer<Waiting> pollAgain) {
    this.timers = timers;
    this.clock = clock;
    this.replies = replies;
    this.pollAgain = pollAgain;
  }

  void await(PollRequest request, CompletableFuture<Outcome<List<DeliveredMessage>>> reply) {
    if (count >= MAX_WAITING) {
      replies.complete(
          reply,
          Outcome.refused(
              RefusalCode.TOO_MANY_REQUESTS,
              "more than " + MAX_WAITING + " polls wait for topics that do not exist"));
      return;
    }
    Waiting poll = new Waiting(request, reply);
    Absent absent = waiting.computeIfAbsent(request.topic(), _ -> new Absent());
    absent.polls.add(poll);
    absent.groups.add(request.group());
    count++;
    poll.untilMillis = clock.millis() + request.maxWait().toMillis();
    timers.wakeAt(poll, poll.untilMillis);
  }

  /** Safe for all threads: the names of the groups that poll a topic that is not there. */
  Set<String> groupsOf(String topic) {
    Absent absent = waiting.get(topic);
    return absent == null ? Set.of() : absent.groups;
  }

  /** Its time is over. */
  void wake(Waiting poll) {
    Absent absent = waiting.get(poll.request.topic());
    if (absent != null && absent.polls.remove(poll)) {
      count--;
      if (absent.polls.isEmpty()) {
        waiting.remove(poll.request.topic());
      }
      replies.complete(poll.reply, Outcome.ok(List.of()));
    }
  }

  @Override
  public void topicMade(Topic topic) {
    Absent absent = waiting.remove(topic.name());
    if (absent != null) {
      List<Waiting> polls = absent.polls;
      count -= polls.size();
      polls.forEach(timers::cancel);
      polls.stream().filter(poll -> !poll.reply.isDone()).forEach(pollAgain);
    }
  }

  static void again(Rooms rooms, Waiting poll) {
    Duration left = Duration.ofMillis(Math.max(0, poll.untilMillis - rooms.clock().millis()));
    Polling.poll(rooms, poll.request.waiting(left), poll.reply);
  }

  @Override
  public void queueMade(Queue queue) {}

  @Override
  public void visible(Queue queue) {}

  void answerAll() {
    waiting.values().stream()
        .flatMap(absent -> absent.polls.stream())
        .forEach(poll -> replies.complete(poll.reply, Outcome.ok(List.of())));
    waiting.clear();
    count = 0;
  }
}

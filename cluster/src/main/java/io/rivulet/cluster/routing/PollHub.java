package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NodeCalls.Consumer;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread, the scheduler's; what others call only hands over. Polls of consumers whose
 * messages are spread over shards wait here, and not in any shard: a shard announces that it has
 * something for a consumer, and gets a poll that does not wait. So a consumer's waiting costs
 * nothing however many shards there are, and one poll drains all of them, one after the other.
 *
 * <p>Other nodes are sources like shards: while somebody waits here, each of them is asked to say
 * when it has something for that consumer ({@link NodeCalls#awaitReady}).
 *
 * <p>A source that was not asked for a while is asked without an announcement: it may be new, or
 * its word was lost.
 */
final class PollHub {
  private static final Duration ASK_ANYWAY = Duration.ofSeconds(30);
  private static final Duration FORGET_AFTER = Duration.ofMinutes(2);
  private static final Duration AWAIT_ELSEWHERE = Duration.ofSeconds(20);

  /** After a source has failed. */
  private static final long ASK_AGAIN_MILLIS = 200;

  /** Where messages come from: a shard here, or another node. */
  private interface Source {
    CompletableFuture<Outcome<List<DeliveredMessage>>> poll(PollRequest request);
  }

  private final Shards shards;
  private final View view;
  private final Clock clock;
  private final ScheduledExecutorService thread;
  private final int maxWaitingPolls;
  private final Map<Consumer, Waiting> waiting = new HashMap<>();
  private final LongAdder waitingPolls = new LongAdder();
  private final LongAdder refusedPolls = new LongAdder();

  /**
   * @param maxWaitingPolls of one consumer at a time
   */
  PollHub(
      Shards shards, View view, Clock clock, ScheduledExecutorService thread, int maxWaitingPolls) {
    this.shards = shards;
    this.view = view;
    this.clock = clock;
    this.thread = thread;
    this.maxWaitingPolls = maxWaitingPolls;
    shards.whenChanged(() -> thread.execute(this::serveAll));
    long every = FORGET_AFTER.toMillis();
    var _ = thread.scheduleWithFixedDelay(this::forget, every, every, TimeUnit.MILLISECONDS);
  }

  /** Polls that wait now. */
  int waitingPolls() {
    return waitingPolls.intValue();
  }

  /** Polls that were refused since too many of one consumer were waiting. */
  long refusedPolls() {
    return refusedPolls.sum();
  }

  /** Polls, here and on other nodes. */
  CompletableFuture<Outcome<List<DeliveredMessage>>> poll(Consumer consumer, PollRequest request) {
    Poll poll = new Poll(request, true);
    thread.execute(() -> arrived(consumer, poll));
    return poll.reply;
  }

  /** Polls the shards that are here, without waiting. */
  CompletableFuture<Outcome<List<DeliveredMessage>>> pollReady(
      Consumer consumer, PollRequest request) {
    Poll poll = new Poll(request.waiting(Duration.ZERO), false);
    thread.execute(() -> arrived(consumer, poll));
    return poll.reply;
  }

  /** Waits until a shard that is here may have something for a consumer that polls elsewhere. */
  CompletableFuture<Boolean> awaitReady(Consumer consumer, Duration wait) {
    CompletableFuture<Boolean> reply = new CompletableFuture<>();
    thread.execute(() -> {
      Waiting here = waitingOf(consumer);
      here.elsewhere.removeIf(CompletableFuture::isDone);
      here.elsewhere.add(reply);
      here.serve();
      var _ =
          thread.schedule(
              () -> {
                reply.complete(false);
                here.elsewhere.removeIf(CompletableFuture::isDone);
              },
              wait.toMillis(),
              TimeUnit.MILLISECONDS);
    });
    return reply;
  }

  /** A shard that is here has something for a consumer. */
  void ready(int shard, String group, String topic, String clientId) {
    thread.execute(() -> {
      Waiting there = waiting.get(new Consumer(group, topic, clientId));
      if (there != null) {
        there.ready.add(shard);
        there.serve();
      }
    });
  }

  private void arrived(Consumer consumer, Poll poll) {
    Waiting here = waitingOf(consumer);
    if (here.polls.size() >= maxWaitingPolls) {
      refusedPolls.increment();
      poll.reply.complete(
          Outcome.refused(
              RefusalCode.TOO_MANY_REQUESTS,
              "more than %d polls of this consumer are waiting already (engine.max-waiting-polls)"
                  .formatted(maxWaitingPolls)));
      return;
    }
    here.add(poll);
  }

  private Waiting waitingOf(Consumer consumer) {
    return waiting.computeIfAbsent(consumer, Waiting::new);
  }

  private void serveAll() {
    waiting.values().forEach(Waiting::serve);
  }

  private void forget() {
    long now = clock.nanos();
    waiting.values().removeIf(each -> each.isIdleSince(now - FORGET_AFTER.toNanos()));
  }

  /** Owned by the hub's thread. A poll on its way. */
  private static final class Poll {
    final PollRequest request;
    final boolean goesElsewhere;
    final CompletableFuture<Outcome<List<DeliveredMessage>>> reply = new CompletableFuture<>();

    /** What was asked for it in vain and is not to be asked again before it waits. */
    final Set<Object> tried = new HashSet<>();

    boolean isOver;

    Poll(PollRequest request, boolean goesElsewhere) {
      this.request = request;
      this.goesElsewhere = goesElsewhere;
    }

    void empty() {
      reply.complete(Outcome.ok(List.of()));
    }
  }

  /** Owned by the hub's thread. A consumer: its polls, and where there may be something for it. */
  private final class Waiting {
    private final Consumer consumer;
    private final Deque<Poll> polls = new ArrayDeque<>();

    /** Shards that are here (numbers) and other nodes (their calls) that have something. */
    private final Set<Object> ready = new LinkedHashSet<>();

    /** When each was asked last. */
    private final Map<Object, Long> askedNanos = new HashMap<>();

    /** Which are being asked just now: one at a time each. */
    private final Set<Object> asked = new HashSet<>();

    /** Other nodes that will say when they have something. */
    private final Map<NodeCalls, CompletableFuture<Boolean>> awaited = new LinkedHashMap<>();

    /** Other nodes where this consumer polls. */
    private final List<CompletableFuture<Boolean>> elsewhere = new ArrayList<>();

    /** Where the batch of an attempt came from, should its reply have been lost. */
    private final Map<String, Object> attempts = new LinkedHashMap<>();

    private long usedNanos = clock.nanos();

    Waiting(Consumer consumer) {
      this.consumer = consumer;
    }

    boolean isIdleSince(long nanos) {
      return polls.isEmpty() && elsewhere.isEmpty() && asked.isEmpty() && usedNanos < nanos;
    }

    void add(Poll poll) {
      usedNanos = clock.nanos();
      Object last = poll.request.attemptId().map(attempts::get).orElse(null);
      if (last != null) {
        ready.add(last);
      }
      polls.add(poll);
      waitingPolls.increment();
      serve();
      // Also if something is asked for it just now: that may have nothing.
      if (!poll.reply.isDone() && !poll.request.maxWait().isZero()) {
        var _ =
            thread.schedule(
                () -> timeIsOver(poll), poll.request.maxWait().toMillis(), TimeUnit.MILLISECONDS);
      }
    }

    private void timeIsOver(Poll poll) {
      poll.isOver = true;
      if (remove(poll)) {
        poll.empty();
      }
    }

    private boolean remove(Poll poll) {
      boolean waited = polls.remove(poll);
      waitingPolls.add(waited ? -1 : 0);
      return waited;
    }

    /** Sends polls to whatever is ready, and has other nodes say when they are. */
    void serve() {
      askAnyway();
      for (Iterator<Poll> each = polls.iterator(); each.hasNext(); ) {
        Poll poll = each.next();
        if (poll.reply.isDone()) {
          each.remove();
          waitingPolls.decrement();
          continue;
        }
        Object source = nextFor(poll);
        if (source != null) {
          each.remove();
          waitingPolls.decrement();
          ask(source, poll);
        } else if (poll.request.maxWait().isZero() && !mayBeAskedYet(poll)) {
          each.remove();
          waitingPolls.decrement();
          poll.empty();
        }
      }
      boolean isReadyHere = ready.stream().anyMatch(Integer.class::isInstance);
      if (polls.isEmpty() && isReadyHere) {
        elsewhere.forEach(each -> each.complete(true));
        elsewhere.clear();
      }
      if (polls.stream().anyMatch(each -> each.goesElsewhere && !each.request.maxWait().isZero())) {
        shards.others().forEach(this::await);
      }
    }

    /** Something that is ready is being asked for others: this poll may be next. */
    private boolean mayBeAskedYet(Poll poll) {
      return ready.stream().anyMatch(each -> isFor(each, poll) && !poll.tried.contains(each));
    }

    private static boolean isFor(Object source, Poll poll) {
      return source instanceof Integer || poll.goesElsewhere;
    }

    private @Nullable Object nextFor(Poll poll) {
      for (Object source : ready) {
        if (!asked.contains(source) && isFor(source, poll)) {
          return source;
        }
      }
      return null;
    }

    private void askAnyway() {
      long before = clock.nanos() - ASK_ANYWAY.toNanos();
      for (Integer shard : shards.local().keySet()) {
        Long last = askedNanos.get(shard);
        if (last == null || last < before) {
          ready.add(shard);
        }
      }
      ready.removeIf(each -> each instanceof Integer shard && !shards.local().containsKey(shard));
    }

    private void await(NodeCalls node) {
      if (ready.contains(node) || asked.contains(node) || awaited.containsKey(node)) {
        return;
      }
      CompletableFuture<Boolean> word = node.awaitReady(consumer, AWAIT_ELSEWHERE);
      awaited.put(node, word);
      var _ =
          word.whenComplete(
              (isReady, failure) -> thread.execute(() -> heard(node, isReady, failure)));
    }

    private void heard(NodeCalls node, @Nullable Boolean isReady, @Nullable Throwable failure) {
      if (failure != null) {
        // It is awaited again after a while, if it is still there.
        var _ =
            thread.schedule(
                () -> {
                  awaited.remove(node);
                  serve();
                },
                ASK_AGAIN_MILLIS,
                TimeUnit.MILLISECONDS);
        return;
      }
      awaited.remove(node);
      if (Boolean.TRUE.equals(isReady)) {
        ready.add(node);
      }
      serve();
    }

    private @Nullable Source source(Object key) {
      if (key instanceof NodeCalls node) {
        return node::pollReady;
      }
      Engine engine = shards.local().get((Integer) key);
      return engine == null ? null : engine::poll;
    }

    private void ask(Object key, Poll poll) {
      // Before it is asked: what it announces from now on is news.
      ready.remove(key);
      Source source = source(key);
      if (source == null) {
        polls.addFirst(poll);
        waitingPolls.increment();
        return;
      }
      asked.add(key);
      poll.tried.add(key);
      askedNanos.put(key, clock.nanos());
      PollRequest now = poll.request.waiting(Duration.ZERO);
      CompletableFuture<Outcome<List<DeliveredMessage>>> reply;
      try {
        reply = source.poll(now);
      } catch (RuntimeException e) {
        reply = CompletableFuture.failedFuture(e);
      }
      var _ =
          reply.whenComplete((outcome, _) -> thread.execute(() -> answered(key, poll, outcome)));
    }

    private void answered(
        Object key, Poll poll, @Nullable Outcome<List<DeliveredMessage>> outcome) {
      asked.remove(key);
      usedNanos = clock.nanos();
      switch (outcome) {
        case null -> failed(key, poll);
        case Outcome.Ok<List<DeliveredMessage>>(List<DeliveredMessage> messages) ->
            answered(key, poll, messages);
        case Outcome.Refused<List<DeliveredMessage>>(Refusal refusal) ->
            refused(key, poll, refusal);
      }
      serve();
    }

    private void answered(Object key, Poll poll, List<DeliveredMessage> messages) {
      if (messages.isEmpty()) {
        backToWait(poll);
        return;
      }
      // There may be more: the next poll finds out.
      ready.add(key);
      if (poll.reply.complete(Outcome.ok(messages))) {
        poll.request.attemptId().ifPresent(attempt -> came(attempt, key));
      } else {
        giveBack(key, messages);
      }
    }

    private void refused(Object key, Poll poll, Refusal refusal) {
      if (Asking.isUnknown(refusal) && key instanceof Integer shard) {
        teach(shard, poll, refusal);
      } else if (refusal.code() == RefusalCode.UNAVAILABLE) {
        failed(key, poll);
      } else {
        poll.reply.complete(Outcome.refused(refusal));
      }
    }

    private void came(String attempt, Object from) {
      attempts.put(attempt, from);
      if (attempts.size() > 64) {
        attempts.remove(attempts.keySet().iterator().next());
      }
    }

    private void backToWait(Poll poll) {
      if (poll.isOver) {
        poll.empty();
      } else {
        polls.addFirst(poll);
        waitingPolls.increment();
      }
    }

    private void teach(int shard, Poll poll, Refusal refusal) {
      Optional<CompletableFuture<Void>> taught =
          poll.tried.add("taught " + shard)
              ? view.teach(shard, consumer.topic(), consumer.group())
              : Optional.empty();
      if (taught.isEmpty()) {
        poll.reply.complete(Outcome.refused(refusal));
        return;
      }
      var _ =
          taught
              .get()
              .whenComplete((_, _) ->
                  thread.execute(() -> {
                    ready.add(shard);
                    backToWait(poll);
                    serve();
                  }));
    }

    private void failed(Object key, Poll poll) {
      backToWait(poll);
      var _ =
          thread.schedule(
              () -> {
                ready.add(key);
                serve();
              },
              ASK_AGAIN_MILLIS,
              TimeUnit.MILLISECONDS);
    }

    /** Nobody took them: they are visible again at once, and the attempt does not count. */
    private void giveBack(Object key, List<DeliveredMessage> messages) {
      Engine engine = key instanceof Integer shard ? shards.local().get(shard) : null;
      if (engine != null) {
        var _ =
            engine.release(
                consumer.group(), messages.stream().map(DeliveredMessage::receiptHandle).toList());
      }
    }
  }
}

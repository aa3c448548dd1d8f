package io.rivulet.cluster.routing;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NodeCalls.Consumer;
import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.cluster.routing.LostAttempts.Lost;
import io.rivulet.cluster.routing.WaitingPoll.Asked;
import io.rivulet.cluster.routing.WaitingPoll.Given;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of {@link PollHub}. One consumer: its polls, and where there may be something
 * for it.
 *
 * <p>A poll asks several sources at the same time, each for a part of what it may get: a shard
 * answers when the grant is in its log, and one shard after the other would add these times up. A
 * source that gave all it was asked for is asked for twice as much the next time, so that where
 * there is a lot few are asked, and each for much. The answer goes out when all have answered, or a
 * moment after the first that had something; what comes later is for the next poll, or is given
 * back.
 *
 * <p>An answer of another node that was lost is asked for again, under the id of the same attempt
 * ({@link LostAttempts}).
 *
 * <p>A source that was not asked for a while is asked without an announcement: it may be new, or
 * its word was lost.
 */
final class ConsumerPolls {
  private static final Duration ASK_ANYWAY = Duration.ofSeconds(30);
  private static final Duration AWAIT_ELSEWHERE = Duration.ofSeconds(20);

  /** After a source has failed. */
  private static final long ASK_AGAIN_MILLIS = 200;

  /** Between the first answer with something and the reply. */
  private static final long MORE_MILLIS = 5;

  /** The same where the whole of an earlier answer is wanted. */
  private static final long MORE_AGAIN_MILLIS = 200;

  /** Nobody polls, and an answer that was lost is to be had again. */
  private static final long LOST_MILLIS = 2000;

  private static final int MAX_ATTEMPTS = 64;
  private static final int LEAST_OF_SHARD = 4;
  private static final int LEAST_OF_NODE = 16;

  private final PollHub.Ground ground;
  private final Consumer consumer;
  private final Deque<WaitingPoll> polls = new ArrayDeque<>();

  /** Shards that are here (numbers) and other nodes (their calls) that have something. */
  private final Set<Object> ready = new LinkedHashSet<>();

  /** When each was asked last. */
  private final Map<Object, Long> askedNanos = new HashMap<>();

  /** How many messages each had when it was asked last. */
  private final Map<Object, Integer> lastGiven = new HashMap<>();

  /** Which are being asked just now: one at a time each. */
  private final Set<Object> asked = new HashSet<>();

  /** Other nodes that will say when they have something. */
  private final Map<NodeCalls, CompletableFuture<Boolean>> awaited = new LinkedHashMap<>();

  /** Other nodes where this consumer polls. */
  private final List<CompletableFuture<Boolean>> elsewhere = new ArrayList<>();

  /** Where the batch of an attempt came from, should its reply have been lost. */
  private final Map<String, List<Given>> attempts = new LinkedHashMap<>();

  private final LostAttempts lost = new LostAttempts();

  /** Failed a moment ago, and asked again in a moment: one timer each. */
  private final Set<Object> failing = new HashSet<>();

  /** Looked after if nobody polls: one timer each. */
  private final Set<LostAttempts.By> recovering = new HashSet<>();

  private final LateAnswers late;

  private long madeAttempts;
  private long usedNanos;

  ConsumerPolls(PollHub.Ground ground, Consumer consumer) {
    this.ground = ground;
    this.consumer = consumer;
    late = new LateAnswers(ground, consumer);
    usedNanos = ground.clock().nanos();
  }

  /** Polls that wait. */
  int waiting() {
    return polls.size();
  }

  boolean isIdleSince(long nanos) {
    return polls.isEmpty()
        && elsewhere.isEmpty()
        && asked.isEmpty()
        && lost.isEmpty()
        && late.isEmpty()
        && usedNanos < nanos;
  }

  /** A shard that is here has something. */
  void ready(int shard) {
    ready.add(shard);
    serve();
  }

  /** Another node waits until there is something here. */
  void await(CompletableFuture<Boolean> reply, Duration wait) {
    elsewhere.removeIf(CompletableFuture::isDone);
    elsewhere.add(reply);
    serve();
    Future<?> timer =
        later(
            wait.toMillis(),
            () -> {
              reply.complete(false);
              elsewhere.removeIf(CompletableFuture::isDone);
            });
    var _ = reply.whenComplete((_, _) -> timer.cancel(false));
  }

  void add(WaitingPoll poll) {
    usedNanos = ground.clock().nanos();
    poll.again = poll.request.attemptId().map(attempts::get).orElse(List.of());
    push(poll, false);
    serve();
    // Also if something is asked for it just now: that may have nothing.
    if (!poll.reply.isDone() && !poll.request.maxWait().isZero()) {
      poll.endsBy(later(poll.request.maxWait().toMillis(), () -> timeIsOver(poll)));
    }
  }

  private void push(WaitingPoll poll, boolean isFirst) {
    if (isFirst) {
      polls.addFirst(poll);
    } else {
      polls.add(poll);
    }
    ground.waitingPolls().increment();
  }

  private void timeIsOver(WaitingPoll poll) {
    poll.isOver = true;
    if (polls.remove(poll)) {
      ground.waitingPolls().decrement();
      late.notBrought(poll);
      poll.empty();
    } else {
      // A source that does not answer must not hold it much longer.
      poll.endsBy(later(ASK_AGAIN_MILLIS, () -> finish(poll)));
    }
  }

  @CanIgnoreReturnValue
  private Future<?> later(long millis, Runnable task) {
    return ground.thread().schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  /** Shards have moved, or nodes have come or gone. */
  void changed() {
    late.changed();
    serve();
  }

  // ---- asking

  /** Sends polls to whatever is ready, and has other nodes say when they are. */
  void serve() {
    askAnyway();
    for (Iterator<WaitingPoll> each = polls.iterator(); each.hasNext(); ) {
      WaitingPoll poll = each.next();
      boolean isLeft = poll.reply.isDone() || (poll.again.isEmpty() && takeLate(poll)) || ask(poll);
      if (!isLeft && poll.request.maxWait().isZero() && !mayBeAskedYet(poll)) {
        poll.empty();
        isLeft = true;
      }
      if (isLeft) {
        each.remove();
        ground.waitingPolls().decrement();
      }
    }
    boolean isReadyHere = !late.isEmpty() || ready.stream().anyMatch(Integer.class::isInstance);
    if (polls.isEmpty() && isReadyHere) {
      elsewhere.forEach(each -> each.complete(true));
      elsewhere.clear();
    }
    if (polls.stream().anyMatch(each -> each.goesElsewhere && !isShort(each))) {
      ground.shards().others().forEach(this::await);
    }
  }

  private static boolean isShort(WaitingPoll poll) {
    return poll.request.maxWait().isZero();
  }

  /** Something that is ready is being asked for others: this poll may be next. */
  private boolean mayBeAskedYet(WaitingPoll poll) {
    return !poll.again.isEmpty()
        || ready.stream().anyMatch(each -> isFor(each, poll) && !poll.tried.contains(each));
  }

  /** What failed a moment ago is left alone, whatever it announces. */
  private boolean isFor(Object source, WaitingPoll poll) {
    return !failing.contains(source) && (source instanceof Integer || poll.goesElsewhere);
  }

  private void askAnyway() {
    Map<Integer, Engine> local = ground.shards().local();
    long before = ground.clock().nanos() - ASK_ANYWAY.toNanos();
    for (Integer shard : local.keySet()) {
      Long last = askedNanos.get(shard);
      if (last == null || last < before) {
        ready.add(shard);
      }
    }
    ready.removeIf(each -> each instanceof Integer shard && !local.containsKey(shard));
  }

  /**
   * Asks as many sources as the poll has room for; whether it asked any. One that is to get what it
   * was answered with before waits until all that this came from can be asked: any other answer
   * would say that the first one had come.
   */
  private boolean ask(WaitingPoll poll) {
    List<Given> again = poll.again.stream().filter(each -> !lost.isGivenUp(each.asked())).toList();
    if (again.stream().anyMatch(each -> asked.contains(each.asked().source()))) {
      return false;
    }
    again.forEach(each -> ask(poll, each.asked(), each.count()));
    poll.isRepeated |= !poll.again.isEmpty();
    poll.again = List.of();
    int room = poll.asking > 0 ? 0 : poll.request.maxMessages();
    for (Object source : room == 0 ? List.of() : List.copyOf(ready)) {
      if (room > 0 && !asked.contains(source) && isFor(source, poll)) {
        int part = Math.min(room, partOf(source));
        if (ask(poll, new Asked(source, attemptFor(source, poll)), part)) {
          room -= part;
        }
      }
    }
    return poll.asking > 0;
  }

  private int partOf(Object source) {
    int least = source instanceof Integer ? LEAST_OF_SHARD : LEAST_OF_NODE;
    return Math.max(least, 2 * lastGiven.getOrDefault(source, 0));
  }

  private String attemptFor(Object source, WaitingPoll poll) {
    Lost before = lost.of(new LostAttempts.By(source, poll.request.clientId()));
    return before != null
        ? before.attempt()
        : poll.request
            .attemptId()
            .filter(own -> !lost.isGivenUp(new Asked(source, own)))
            .orElseGet(
                () -> ground.node() + "/" + Long.toHexString(usedNanos) + "/" + madeAttempts++);
  }

  private boolean ask(WaitingPoll poll, Asked wanted, int part) {
    Object source = wanted.source();
    // Before it is asked: what it announces from now on is news.
    ready.remove(source);
    PollRequest request = poll.request.part(part, wanted.attempt());
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply;
    try {
      if (source instanceof NodeCalls node) {
        reply = node.pollReady(request);
      } else {
        Engine engine = ground.shards().local().get((Integer) source);
        if (engine == null) {
          return false;
        }
        reply = engine.poll(request);
      }
    } catch (RuntimeException e) {
      reply = CompletableFuture.failedFuture(e);
    }
    asked.add(source);
    poll.asking++;
    poll.tried.add(source);
    askedNanos.put(source, ground.clock().nanos());
    var _ =
        reply.whenComplete((outcome, failure) ->
            ground.thread().execute(() -> answered(wanted, poll, outcome, failure)));
    return true;
  }

  // ---- other nodes

  private void await(NodeCalls node) {
    if (ready.contains(node) || asked.contains(node) || awaited.containsKey(node)) {
      return;
    }
    CompletableFuture<Boolean> word = node.awaitReady(consumer, AWAIT_ELSEWHERE);
    awaited.put(node, word);
    var _ =
        word.whenComplete(
            (isReady, failure) -> ground.thread().execute(() -> heard(node, isReady, failure)));
  }

  private void heard(NodeCalls node, @Nullable Boolean isReady, @Nullable Throwable failure) {
    if (failure != null) {
      // It is awaited again after a while, if it is still there.
      later(
          ASK_AGAIN_MILLIS,
          () -> {
            awaited.remove(node);
            serve();
          });
      return;
    }
    awaited.remove(node);
    if (Boolean.TRUE.equals(isReady)) {
      ready.add(node);
    }
    serve();
  }

  // ---- answers

  private void answered(
      Asked from,
      WaitingPoll poll,
      @Nullable Outcome<List<DeliveredMessage>> outcome,
      @Nullable Throwable failure) {
    asked.remove(from.source());
    usedNanos = ground.clock().nanos();
    boolean isOpen = false;
    switch (outcome) {
      case null -> failed(from, poll, !(causeOf(failure) instanceof NotOwnerException));
      case Outcome.Ok<List<DeliveredMessage>>(List<DeliveredMessage> messages) ->
          gave(from, poll, messages);
      case Outcome.Refused<List<DeliveredMessage>>(Refusal refusal) -> {
        if (refusal.code() == RefusalCode.UNAVAILABLE) {
          failed(from, poll, true);
        } else {
          if (refusal.code() != RefusalCode.TOO_MANY_REQUESTS) {
            forget(new LostAttempts.By(from.source(), poll.request.clientId()));
          }
          isOpen = refused(from.source(), poll, refusal);
        }
      }
    }
    if (!isOpen) {
      poll.asking--;
      settle(poll);
    }
    serve();
  }

  private void gave(Asked from, WaitingPoll poll, List<DeliveredMessage> messages) {
    Object source = from.source();
    Lost before = lost.came(new LostAttempts.By(source, poll.request.clientId()), from.attempt());
    if (before != null) {
      late.repeated(poll.request.clientId(), before);
    }
    lastGiven.put(source, messages.size());
    if (messages.isEmpty()) {
      return;
    }
    // There may be more: the next poll finds out.
    ready.add(source);
    if (poll.reply.isDone()) {
      late.add(poll.request, new WaitingPoll.Part(from, messages));
    } else {
      poll.got(from, messages);
    }
  }

  /** All that was asked has answered, or enough of it. */
  private void settle(WaitingPoll poll) {
    if (poll.asking == 0) {
      finish(poll);
    } else if (poll.hasSomething() && !poll.isHurried) {
      poll.isHurried = true;
      later(poll.isRepeated ? MORE_AGAIN_MILLIS : MORE_MILLIS, () -> finish(poll));
    }
  }

  /** Answers with what there is; back to wait if there is nothing and time is left. */
  private void finish(WaitingPoll poll) {
    Refusal refusal = poll.refusal;
    if (poll.hasSomething()) {
      answer(poll, poll.takeParts());
    } else if (poll.reply.isDone()) {
      return;
    } else if (refusal != null) {
      poll.reply.complete(Outcome.refused(refusal));
    } else if (poll.isOver) {
      poll.empty();
    } else if (poll.asking == 0) {
      push(poll, true);
    }
  }

  /** What goes beyond an answer between nodes is for the next poll. */
  private void answer(WaitingPoll poll, List<WaitingPoll.Part> parts) {
    List<DeliveredMessage> messages = new ArrayList<>();
    List<Given> from = new ArrayList<>(parts.size());
    List<WaitingPoll.Part> beyond = new ArrayList<>(0);
    long bytes = 0;
    for (WaitingPoll.Part part : parts) {
      long more = part.bytes();
      if (!poll.goesElsewhere && !from.isEmpty() && bytes + more > ground.maxNodeBytes()) {
        beyond.add(part);
      } else {
        bytes += more;
        from.add(new Given(part.asked(), part.messages().size()));
        messages.addAll(part.messages());
      }
    }
    if (poll.reply.complete(Outcome.ok(messages))) {
      poll.request.attemptId().ifPresent(attempt -> came(attempt, from));
      beyond.forEach(part -> late.add(poll.request, part));
    } else {
      parts.forEach(part -> late.add(poll.request, part));
    }
  }

  private void came(String attempt, List<Given> from) {
    attempts.put(attempt, List.copyOf(from));
    if (attempts.size() > MAX_ATTEMPTS) {
      attempts.remove(attempts.keySet().iterator().next());
    }
  }

  /** Whether it is still being looked after. */
  private boolean refused(Object source, WaitingPoll poll, Refusal refusal) {
    Optional<CompletableFuture<Void>> taught =
        Asking.isUnknown(refusal)
                && source instanceof Integer shard
                && poll.tried.add("taught " + shard)
            ? ground.view().teach(shard, consumer.topic(), consumer.group())
            : Optional.empty();
    if (taught.isEmpty()) {
      poll.refusal = refusal;
      return false;
    }
    var _ =
        taught
            .get()
            .whenComplete((_, _) ->
                ground
                    .thread()
                    .execute(() -> {
                      ready.add(source);
                      poll.asking--;
                      settle(poll);
                      serve();
                    }));
    return true;
  }

  /**
   * @param mayHaveAnswered it may have handed out something that did not come
   */
  private void failed(Asked from, WaitingPoll poll, boolean mayHaveAnswered) {
    Object source = from.source();
    LostAttempts.By by = new LostAttempts.By(source, poll.request.clientId());
    if (source instanceof NodeCalls node && (mayHaveAnswered || lost.of(by) != null)) {
      long askedAt = askedNanos.getOrDefault(source, usedNanos);
      Lost givenUp = lost.failed(by, from.attempt(), poll.request, askedAt);
      if (givenUp != null) {
        late.giveUp(by, givenUp);
      } else if (isThere(node)) {
        recoverLater(by);
      } else {
        forget(by);
      }
    }
    if (failing.add(source)) {
      later(
          ASK_AGAIN_MILLIS,
          () -> {
            failing.remove(source);
            if (!(source instanceof NodeCalls node) || isThere(node)) {
              ready.add(source);
            }
            serve();
          });
    }
  }

  private static @Nullable Throwable causeOf(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private boolean isThere(NodeCalls node) {
    return ground.shards().others().contains(node);
  }

  // ---- what was lost, or came too late

  /** If nobody polls, what was lost is to be seen by somebody all the same. */
  private void recoverLater(LostAttempts.By by) {
    if (recovering.add(by)) {
      later(
          LOST_MILLIS,
          () -> {
            recovering.remove(by);
            recover(by);
          });
    }
  }

  private void recover(LostAttempts.By by) {
    Lost found = lost.of(by);
    if (found == null) {
      return;
    }
    if (by.source() instanceof NodeCalls node && !isThere(node)) {
      forget(by);
    } else if (asked.contains(by.source())) {
      recoverLater(by);
    } else {
      ask(
          WaitingPoll.ofNobody(found.request()),
          new Asked(by.source(), found.attempt()),
          found.request().maxMessages());
    }
  }

  /** Who has its shards now need not know that an answer was lost that long ago. */
  private void forget(LostAttempts.By by) {
    Lost known = lost.over(by);
    if (known != null) {
      late.notBrought(by.clientId(), known);
    }
  }

  private boolean takeLate(WaitingPoll poll) {
    WaitingPoll.Part kept = late.takeFor(poll.request);
    if (kept == null) {
      return false;
    }
    answer(poll, List.of(kept));
    return true;
  }
}

package io.rivulet.cluster.routing;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Owned by the thread of {@link PollHub}. A poll on its way, and what it has got so far. */
final class WaitingPoll {
  final PollRequest request;

  /** It is one of a client of this node, for which others are asked as well. */
  final boolean goesElsewhere;

  final CompletableFuture<Outcome<List<DeliveredMessage>>> reply = new CompletableFuture<>();

  /** What was asked for it in vain and is not to be asked again before it waits. */
  final Set<Object> tried = new HashSet<>();

  /** What a poll of this attempt was answered with before, to be asked first. */
  List<Given> again = List.of();

  /** It is to get what it was answered with before. */
  boolean isRepeated;

  private final List<Part> parts = new ArrayList<>(2);

  /** How many sources are being asked. */
  int asking;

  /** It has waited for as long as it wanted to. */
  boolean isOver;

  /** Its answer goes out soon, whatever is still being asked. */
  boolean isHurried;

  @Nullable Refusal refusal;

  /**
   * Immutable. What was asked for messages.
   *
   * @param source a shard that is here (its number), or another node
   * @param attempt under which id: asked under it again it hands out the same
   */
  record Asked(Object source, String attempt) {}

  /**
   * Immutable. How many messages of an answer came from where. Asked again for more, a source that
   * has forgotten the attempt would give more, and so might all of them.
   */
  record Given(Asked asked, int count) {}

  /** Immutable. What one source has given. */
  record Part(Asked asked, List<DeliveredMessage> messages) {
    long bytes() {
      return messages.stream().mapToLong(each -> each.message().message().body().size()).sum();
    }
  }

  private WaitingPoll(PollRequest request, boolean goesElsewhere) {
    this.request = request;
    this.goesElsewhere = goesElsewhere;
  }

  static WaitingPoll ofClient(PollRequest request) {
    return new WaitingPoll(request, true);
  }

  static WaitingPoll ofNode(PollRequest request) {
    return new WaitingPoll(request.waiting(Duration.ZERO), false);
  }

  /** A poll of nobody: what it gets is for the next one, or given back. */
  static WaitingPoll ofNobody(PollRequest request) {
    WaitingPoll poll = ofClient(request);
    poll.reply.cancel(false);
    return poll;
  }

  void got(Asked asked, List<DeliveredMessage> messages) {
    parts.add(new Part(asked, messages));
  }

  /** What each source has given, for whoever answers or keeps it: nobody else gets it. */
  List<Part> takeParts() {
    List<Part> taken = List.copyOf(parts);
    parts.clear();
    return taken;
  }

  boolean hasSomething() {
    return !parts.isEmpty();
  }

  /** It waits for so long at most; whoever has got it needs the timer no more. */
  void endsBy(Future<?> timer) {
    var _ = reply.whenComplete((_, _) -> timer.cancel(false));
  }

  void empty() {
    reply.complete(Outcome.ok(List.of()));
  }
}

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
import org.jspecify.annotations.Nullable;

/** Owned by the thread of {@link PollHub}. A poll on its way, and what it has got so far. */
final class WaitingPoll {
  final PollRequest request;

  /** The node that asks; null: a client of this node, for which others are asked as well. */
  final @Nullable String node;

  final CompletableFuture<Outcome<List<DeliveredMessage>>> reply = new CompletableFuture<>();

  /** What was asked for it in vain and is not to be asked again before it waits. */
  final Set<Object> tried = new HashSet<>();

  /** What a poll of this attempt was answered with before, to be asked first. */
  List<Asked> again = List.of();

  private final List<Asked> from = new ArrayList<>(2);
  private final List<DeliveredMessage> messages = new ArrayList<>();

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

  private WaitingPoll(PollRequest request, @Nullable String node) {
    this.request = request;
    this.node = node;
  }

  static WaitingPoll ofClient(PollRequest request) {
    return new WaitingPoll(request, null);
  }

  static WaitingPoll ofNode(String node, PollRequest request) {
    return new WaitingPoll(request.waiting(Duration.ZERO), node);
  }

  /** A poll of nobody: what it gets is for the next one, or given back. */
  static WaitingPoll ofNobody(PollRequest request) {
    WaitingPoll poll = ofClient(request);
    poll.reply.cancel(false);
    return poll;
  }

  boolean goesElsewhere() {
    return node == null;
  }

  void got(Asked asked, List<DeliveredMessage> more) {
    from.add(asked);
    messages.addAll(more);
  }

  List<Asked> from() {
    return from;
  }

  List<DeliveredMessage> messages() {
    return messages;
  }

  boolean hasSomething() {
    return !messages.isEmpty();
  }

  void empty() {
    reply.complete(Outcome.ok(List.of()));
  }
}

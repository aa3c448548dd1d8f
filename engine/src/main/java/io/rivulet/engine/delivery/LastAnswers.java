package io.rivulet.engine.delivery;

import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Safe for all threads: a concurrent map. For which clients messages were sent over one connection:
 * should that be lost, so may be these ({@link io.rivulet.engine.Engine#endRenewal}).
 *
 * <p>Whoever asks for more for a client has what was sent for it before, and hands it on: that is
 * in doubt for a moment only. What is not confirmed so may have been lost long before anybody
 * notices.
 */
public final class LastAnswers {
  /** What arrived is handed on within this. */
  static final Duration HANDED_ON = Duration.ofSeconds(3);

  /** A client that was not asked for again for so long has left. */
  private static final Duration FORGET_AFTER = Duration.ofHours(1);

  private static final int LOOK_BEYOND = 64;

  /** Clients whose messages were sent about as long ago are told of together. */
  private static final List<Duration> AGES =
      List.of(Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(10), FORGET_AFTER);

  /**
   * @param sentNanos of the oldest that was not confirmed, or else of the last
   */
  private record Answer(long sentNanos, long confirmedNanos, boolean isConfirmed) {}

  /**
   * Immutable.
   *
   * @param within for how long back
   */
  public record Doubt(Set<String> clients, Duration within) {}

  private final Clock clock;
  private final ConcurrentMap<String, Answer> answers = new ConcurrentHashMap<>(2);

  /** Above this number it is looked whether some can be forgotten. */
  private volatile int lookAbove = LOOK_BEYOND;

  public LastAnswers(Clock clock) {
    this.clock = clock;
  }

  /** Messages were sent for a client, leased for as long as it lives. */
  public void answered(String clientId) {
    Answer sent = new Answer(clock.nanos(), 0, false);
    answers.merge(clientId, sent, (before, now) -> before.isConfirmed ? now : before);
    if (answers.size() > lookAbove) {
      forget();
      lookAbove = LOOK_BEYOND + 2 * answers.size();
    }
  }

  /** Messages are asked for, for a client: what was sent before has arrived. */
  public void asked(String clientId) {
    Answer last = answers.get(clientId);
    if (last != null && !last.isConfirmed) {
      answers.replace(clientId, last, new Answer(last.sentNanos, clock.nanos(), true));
    }
  }

  /** The connection is lost: whose messages may be so as well. */
  public List<Doubt> doubts() {
    Map<Duration, Set<String>> byAge = new TreeMap<>();
    long now = clock.nanos();
    answers.forEach((client, answer) -> {
      if (isOpen(answer, now)) {
        byAge.computeIfAbsent(within(answer, now), _ -> new HashSet<>()).add(client);
      }
    });
    return byAge.entrySet().stream()
        .map(each -> new Doubt(each.getValue(), each.getKey()))
        .toList();
  }

  /** What was sent for a client last is known not to have arrived. */
  public Optional<Doubt> doubt(String clientId) {
    return Optional.ofNullable(answers.get(clientId))
        .map(answer -> new Doubt(Set.of(clientId), within(answer, clock.nanos())));
  }

  private static Duration within(Answer answer, long now) {
    // The grant is a little older than its answer.
    Duration ago = Duration.ofNanos(now - answer.sentNanos).plusSeconds(1);
    return AGES.stream().filter(age -> age.compareTo(ago) >= 0).findFirst().orElse(ago);
  }

  private static boolean isOpen(Answer answer, long now) {
    return answer.isConfirmed
        ? now - answer.confirmedNanos <= HANDED_ON.toNanos()
        : now - answer.sentNanos <= FORGET_AFTER.toNanos();
  }

  private void forget() {
    long now = clock.nanos();
    answers.values().removeIf(each -> !isOpen(each, now));
  }
}

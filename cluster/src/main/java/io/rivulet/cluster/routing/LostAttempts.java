package io.rivulet.cluster.routing;

import io.rivulet.cluster.routing.WaitingPoll.Asked;
import io.rivulet.engine.delivery.PollRequest;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of {@link PollHub}. What other nodes may have answered for clients of one
 * consumer, and the answer was lost: it is asked for again under the id of the same attempt. Under
 * that id nothing else is ever handed out, so what can't be delivered at all is given up after some
 * tries, and the next poll asks under an id of its own.
 */
final class LostAttempts {
  /** How often one attempt fails before it is given up. */
  static final int MAX_TRIES = 5;

  /** Beyond that the oldest is forgotten, and is given up anew if it is asked for again. */
  private static final int MAX_GIVEN_UP = 64;

  /** Immutable. Who was asked, and for whom. */
  record By(Object source, String clientId) {}

  /**
   * Immutable. An answer that did not come.
   *
   * @param sinceNanos when it was asked for first
   * @param tries how often it has failed
   */
  record Lost(String attempt, PollRequest request, long sinceNanos, int tries) {}

  private final Map<By, Lost> lost = new HashMap<>();
  private final Set<Asked> givenUp = new LinkedHashSet<>();

  boolean isEmpty() {
    return lost.isEmpty();
  }

  @Nullable Lost of(By by) {
    return lost.get(by);
  }

  /** It is not asked for any more; what did not come, if that is known of anything. */
  @Nullable Lost over(By by) {
    return lost.remove(by);
  }

  /** The answer to this attempt came; what did not come before, if one was lost. */
  @Nullable Lost came(By by, String attempt) {
    Lost known = lost.get(by);
    if (known == null || !known.attempt.equals(attempt)) {
      return null;
    }
    lost.remove(by);
    return known;
  }

  /** Whether a source is not to be asked under this id any more. */
  boolean isGivenUp(Asked asked) {
    return givenUp.contains(asked);
  }

  /**
   * An answer did not come.
   *
   * @param askedNanos when it was asked for
   * @return it, if it failed once too often and is given up
   */
  @Nullable Lost failed(By by, String attempt, PollRequest request, long askedNanos) {
    Lost before = lost.get(by);
    Lost now =
        before != null && before.attempt.equals(attempt)
            ? new Lost(attempt, request, before.sinceNanos, before.tries + 1)
            : new Lost(attempt, request, askedNanos, 1);
    if (now.tries < MAX_TRIES) {
      lost.put(by, now);
      return null;
    }
    lost.remove(by);
    givenUp.add(new Asked(by.source, attempt));
    if (givenUp.size() > MAX_GIVEN_UP) {
      Iterator<Asked> oldest = givenUp.iterator();
      oldest.next();
      oldest.remove();
    }
    return now;
  }
}

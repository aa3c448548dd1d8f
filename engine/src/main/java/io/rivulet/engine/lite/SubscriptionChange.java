package io.rivulet.engine.lite;

import java.util.Optional;
import java.util.Set;

/**
 * Immutable. One client's change to the set of lite topics that it follows.
 *
 * @param offset where newly added lite topics start; empty: {@link OffsetOption.Last}
 */
public record SubscriptionChange(
    String group,
    String clientId,
    String topic,
    Action action,
    Set<String> liteTopics,
    Optional<OffsetOption> offset) {

  /** What to do with the set. */
  public enum Action {
    ADD,
    REMOVE,
    /** The set is now exactly this; renews the subscription's lease. */
    REPLACE,
    /** The client follows nothing any more. */
    CLEAR
  }
}

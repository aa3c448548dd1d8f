package io.rivulet.engine.refusal;

import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. Says no: what was wrong, with which value, and what is allowed.
 *
 * @param code the kind of refusal
 * @param message a sentence for the person who made the request
 * @param retryAfter when the same request is likely to be taken, if that can be said
 */
public record Refusal(RefusalCode code, String message, Optional<Duration> retryAfter) {
  public Refusal(RefusalCode code, String message) {
    this(code, message, Optional.empty());
  }
}

package io.rivulet.server.http.subscription;

import io.rivulet.engine.subscription.WakeKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Immutable. What whoever works for a wake says to prove it: the wake, and a code that only this
 * server can make of it. Nothing is stored.
 */
record WakeTokens(WebhookKeys keys) {
  /** For what a token is good: one of these does not do for the other. */
  enum Purpose {
    CALLBACK,
    CLAIM
  }

  String of(WakeKey wake, Purpose purpose) {
    return wake.generation() + "." + wake.wakeId() + "." + code(wake, purpose);
  }

  private String code(WakeKey wake, Purpose purpose) {
    return keys.mac(
        purpose.name(), wake.subscription(), Long.toString(wake.generation()), wake.wakeId());
  }

  /** The wake for which a token was made; empty: none of ours. */
  Optional<WakeKey> read(String token, String subscription, Purpose purpose) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3 || !parts[0].matches("[0-9]{1,18}")) {
      return Optional.empty();
    }
    WakeKey wake = new WakeKey(subscription, Long.parseLong(parts[0]), parts[1]);
    boolean isOurs =
        MessageDigest.isEqual(
            code(wake, purpose).getBytes(StandardCharsets.UTF_8),
            parts[2].getBytes(StandardCharsets.UTF_8));
    return isOurs ? Optional.of(wake) : Optional.empty();
  }
}

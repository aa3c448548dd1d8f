package io.rivulet.server.http.subscription;

import java.time.Duration;
import java.util.Set;

/**
 * Immutable. How subscribers are woken.
 *
 * @param publicUrl where they reach this server, without a slash at the end
 * @param defaultTopic the parent of streams whose path is one name only
 * @param allowsLoopback whether webhooks may be on this machine
 * @param trustedHosts hosts of webhooks that are not looked at further, in lower case
 * @param timeout of one request
 * @param concurrency requests at a time
 * @param backoff the pause after the first failed attempt; it doubles with each further one
 * @param maxBackoff the longest pause
 */
public record WebhookConfig(
    String publicUrl,
    String defaultTopic,
    boolean allowsLoopback,
    Set<String> trustedHosts,
    Duration timeout,
    int concurrency,
    Duration backoff,
    Duration maxBackoff) {
  public WebhookConfig {
    trustedHosts = Set.copyOf(trustedHosts);
  }
}

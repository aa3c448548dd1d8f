package io.rivulet.client;

import java.time.Duration;

/**
 * Immutable. How to reach a server.
 *
 * @param endpoint {@code HOST:PORT}
 * @param requestTime how long a single request may take, at least 100 ms; 30 s unless given
 * @param maxMessageBytes the largest answer that is taken, 1 MiB or more; 96 MiB unless given
 */
public record ClientConfig(
    String endpoint, Security security, Duration requestTime, int maxMessageBytes) {

  public ClientConfig {
    if (!endpoint.matches("\\S+:\\d{1,5}")) {
      throw new IllegalArgumentException(
          "an endpoint is HOST:PORT, such as 127.0.0.1:8081, not '" + endpoint + "'");
    }
    if (requestTime.toMillis() < 100) {
      throw new IllegalArgumentException("requestTime is at least 100 ms, not " + requestTime);
    }
    if (maxMessageBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "maxMessageBytes is at least 1 MiB, not " + maxMessageBytes);
    }
  }

  /** Plaintext, with the usual bounds. */
  public static ClientConfig of(String endpoint) {
    return new ClientConfig(endpoint, new Security.Plaintext(), Duration.ofSeconds(30), 96 << 20);
  }

  public ClientConfig withSecurity(Security value) {
    return new ClientConfig(endpoint, value, requestTime, maxMessageBytes);
  }

  public ClientConfig withRequestTime(Duration value) {
    return new ClientConfig(endpoint, security, value, maxMessageBytes);
  }
}

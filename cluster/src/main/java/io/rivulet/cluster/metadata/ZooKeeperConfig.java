package io.rivulet.cluster.metadata;

import java.time.Duration;
import org.apache.zookeeper.client.ConnectStringParser;

/**
 * Immutable. How the metadata is reached.
 *
 * @param connect members as {@code host:port}, separated by commas, perhaps with a root: {@code
 *     a:2181,b:2181/rivulet-7}
 * @param sessionTimeout a node that is not heard of for this long has lost its claims. The members
 *     may round it up to two of their ticks.
 */
public record ZooKeeperConfig(String connect, Duration sessionTimeout) {
  public static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(3);

  private static final Duration MIN_SESSION_TIMEOUT = Duration.ofMillis(500);
  private static final Duration MAX_SESSION_TIMEOUT = Duration.ofMinutes(1);

  public ZooKeeperConfig {
    if (connect.isBlank()) {
      throw new IllegalArgumentException("no member of the metadata store is named");
    }
    if (new ConnectStringParser(connect).getServerAddresses().isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' names no member of the metadata store: give host:port".formatted(connect));
    }
    if (sessionTimeout.compareTo(MIN_SESSION_TIMEOUT) < 0
        || sessionTimeout.compareTo(MAX_SESSION_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "a session time-out of %s is not between %s and %s"
              .formatted(sessionTimeout, MIN_SESSION_TIMEOUT, MAX_SESSION_TIMEOUT));
    }
  }

  public ZooKeeperConfig(String connect) {
    this(connect, DEFAULT_SESSION_TIMEOUT);
  }
}

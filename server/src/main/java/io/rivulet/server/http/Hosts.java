package io.rivulet.server.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Set;

/**
 * Immutable. The names by which the server may be asked. A page that has its own name lead to this
 * machine (DNS rebinding) gets nothing from a server that only this machine is to reach.
 *
 * @param names without ports; {@code *}: any; {@code loopback}: those of this machine
 */
public record Hosts(Set<String> names) {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
  private static final int MISDIRECTED = 421;

  public Hosts {
    names = Set.copyOf(names);
  }

  /** Whether it may be asked by the name that the request gives. */
  boolean allow(HttpServerRequest request) {
    if (names.contains("*") || request.authority() == null) {
      return true;
    }
    String host = request.authority().host().toLowerCase(Locale.ROOT);
    return names.contains(host)
        || (names.contains("loopback") && (LOOPBACK.contains(host) || host.endsWith(".localhost")));
  }

  /** Why a request was not done. */
  static Problem refusal(HttpServerRequest request) {
    return new Problem(
        MISDIRECTED,
        "misdirected request",
        "this server is not asked as '"
            + request.authority().host()
            + "'; http.hosts names the hosts that it answers for");
  }
}

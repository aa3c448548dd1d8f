package io.rivulet.server.rocketmq.route;

import apache.rocketmq.v2.Address;
import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.Endpoints;

/** Immutable. The address that a client can reach us at: the one by which it has. */
final class Addresses {
  private static final int DEFAULT_PORT = 8081;

  private Addresses() {}

  /**
   * What the client asked for, in the same form: it compares whole facades to find out whether it
   * may keep its access point (trap 21), and a queue that looks different is dropped and made anew.
   *
   * @param asked the access point as the client knows it
   * @param authority its host and port as in the connection, for clients that say nothing
   */
  static Endpoints reachable(Endpoints asked, String authority) {
    if (asked.getAddressesCount() == 0) {
      return of(authority);
    }
    if (asked.getScheme() != AddressScheme.ADDRESS_SCHEME_UNSPECIFIED
        && asked.getScheme() != AddressScheme.UNRECOGNIZED) {
      return asked;
    }
    return asked.toBuilder().setScheme(scheme(asked.getAddresses(0).getHost())).build();
  }

  private static Endpoints of(String authority) {
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > 0 && authority.indexOf(']', colon) < 0;
    String host = hasPort ? authority.substring(0, colon) : authority;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return at(
        host.isEmpty() ? "localhost" : host, hasPort ? port(authority, colon + 1) : DEFAULT_PORT);
  }

  /** A place by host and port. */
  static Endpoints at(String host, int port) {
    return Endpoints.newBuilder()
        .setScheme(scheme(host))
        .addAddresses(Address.newBuilder().setHost(host).setPort(port))
        .build();
  }

  private static AddressScheme scheme(String host) {
    if (host.indexOf(':') >= 0) {
      return AddressScheme.IPv6;
    }
    for (int index = 0; index < host.length(); index++) {
      char character = host.charAt(index);
      if (character != '.' && (character < '0' || character > '9')) {
        return AddressScheme.DOMAIN_NAME;
      }
    }
    return AddressScheme.IPv4;
  }

  private static int port(String authority, int from) {
    int port = 0;
    for (int index = from; index < authority.length() && port <= 65_535; index++) {
      int digit = authority.charAt(index) - '0';
      if (digit < 0 || digit > 9) {
        return DEFAULT_PORT;
      }
      port = port * 10 + digit;
    }
    return port > 0 && port <= 65_535 ? port : DEFAULT_PORT;
  }
}

package io.rivulet.server.network;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Immutable. A place to listen on.
 *
 * @param host a name, an IPv4 address or an IPv6 address without brackets
 * @param port 0 to 65535; 0: any free one
 */
public record HostPort(String host, int port) {
  private static final int MAX_PORT = 65_535;

  public HostPort {
    if (host.isBlank()) {
      throw new IllegalArgumentException("the host is missing");
    }
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("the port " + port + " is not between 0 and " + MAX_PORT);
    }
  }

  /** Reads {@code host:port}, {@code [ipv6]:port} or {@code :port} (all interfaces). */
  public static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("the port is missing");
    }
    String host = text.substring(0, colon);
    if (host.isEmpty()) {
      host = "0.0.0.0";
    } else if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("an IPv6 address goes in brackets: [::1]:8081");
    }
    try {
      return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the port is not a number", e);
    }
  }

  /** The address to bind; a name is looked up now, and may remain unresolved. */
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  /** Whether only this machine reaches it; a name is looked up now. */
  public boolean isLoopback() {
    InetAddress resolved = toSocketAddress().getAddress();
    return resolved != null && resolved.isLoopbackAddress();
  }

  /** The same host with the port that was really taken. */
  public HostPort withPort(int taken) {
    return new HostPort(host, taken);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}

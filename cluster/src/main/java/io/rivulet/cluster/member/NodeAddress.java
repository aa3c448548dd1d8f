package io.rivulet.cluster.member;

import java.util.regex.Pattern;

/**
 * Immutable. Where a node is reached by the others: five ports in a row.
 *
 * @param name unique in the cluster; never changes
 * @param port of calls between nodes; the next ones are those of the metadata quorum (clients,
 *     followers, elections) and of storage
 */
public record NodeAddress(String name, String host, int port) {
  /** How many ports a node takes, from {@link #port} on. */
  public static final int PORTS = 5;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  public NodeAddress {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no name of a node: up to 63 letters, digits, '.', '_' and '-'".formatted(name));
    }
    if (host.isBlank()) {
      throw new IllegalArgumentException("the host of node '" + name + "' is missing");
    }
    if (port < 1 || port > 65_536 - PORTS) {
      throw new IllegalArgumentException(
          "the port of node '%s' is 1 to %d, since it takes %d in a row; not %d"
              .formatted(name, 65_536 - PORTS, PORTS, port));
    }
  }

  /**
   * Reads {@code name=host:port}, or {@code host:port}, where the host is the name as well.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  public static NodeAddress parse(String text) {
    int equals = text.indexOf('=');
    String place = text.substring(equals + 1);
    int colon = place.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("the port of node '" + text + "' is missing: host:port");
    }
    String host = place.substring(0, colon);
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    try {
      return new NodeAddress(
          equals < 0 ? bare : text.substring(0, equals),
          bare,
          Integer.parseInt(place.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the port of node '" + text + "' is not a number", e);
    }
  }

  /** Where clients of the metadata quorum connect. */
  public int metadataPort() {
    return port + 1;
  }

  /** Where members of the metadata quorum follow their leader. */
  public int quorumPort() {
    return port + 2;
  }

  /** Where members of the metadata quorum elect it. */
  public int electionPort() {
    return port + 3;
  }

  /** Where entries of ledgers are written and read. */
  public int storagePort() {
    return port + 4;
  }
}

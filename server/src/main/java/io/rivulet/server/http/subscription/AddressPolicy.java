package io.rivulet.server.http.subscription;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/**
 * Immutable. Which addresses webhooks may have, so that nobody makes this server ask what only it
 * can reach.
 *
 * @param trustedHosts as in {@link WebhookConfig}
 */
record AddressPolicy(boolean allowsLoopback, Set<String> trustedHosts) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int MAX_PORT = 65_535;

  /** A URL that no webhook may have. */
  static final class RejectedException extends Exception {
    private static final long serialVersionUID = 1;

    RejectedException(String reason) {
      super(reason);
    }
  }

  /**
   * Immutable. Where a webhook is.
   *
   * @param host without brackets
   * @param pathAndQuery as it stands in the first line of a request
   */
  record Target(String host, int port, boolean isTls, String pathAndQuery) {}

  /** Reads a URL; addresses in it are judged, names are not looked up. */
  static Target parse(String url) throws RejectedException {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new RejectedException("it is no URL: " + e.getReason());
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new RejectedException("a webhook has a URL that begins with https:// or http://");
    }
    if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
      throw new RejectedException("a webhook's URL has a host, and no user and no fragment");
    }
    boolean isTls = scheme.equals("https");
    int port = uri.getPort() < 0 ? (isTls ? HTTPS : HTTP) : uri.getPort();
    if (port == 0 || port > MAX_PORT) {
      throw new RejectedException("the port " + port + " is not between 1 and " + MAX_PORT);
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return new Target(host, port, isTls, path + query);
  }

  /**
   * Looks the host up and answers an address of it that may be asked. Waits for the network.
   *
   * @throws UnknownHostException if there is no such host now
   */
  InetAddress resolve(Target target) throws RejectedException, UnknownHostException {
    InetAddress[] all = InetAddress.getAllByName(target.host);
    if (trustedHosts.contains(target.host)) {
      return all[0];
    }
    for (InetAddress each : all) {
      boolean isAllowed = each.isLoopbackAddress() ? allowsLoopback : isPublic(each);
      if (!isAllowed) {
        throw new RejectedException(
            "%s is %s, which is not on the public network; http.webhook-hosts names hosts for which that does not matter, and http.webhook-loopback says whether this machine may be asked"
                .formatted(target.host, each.getHostAddress()));
      }
    }
    return all[0];
  }

  /** Whether it is none that means something else to each network (IANA's special purposes). */
  static boolean isPublic(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    int first = bytes[0] & 0xff;
    int second = bytes[1] & 0xff;
    int third = bytes[2] & 0xff;
    if (address instanceof Inet4Address) {
      return switch (first) {
        case 0 -> false;
        case 100 -> second < 64 || second > 127; // of carriers
        case 192 -> second != 0 || third > 2;
        case 198 -> second != 18 && second != 19 && !(second == 51 && third == 100);
        case 203 -> !(second == 0 && third == 113);
        default -> first < 224;
      };
    }
    boolean isUnique = (first & 0xfe) == 0xfc;
    boolean isGlobal = (first & 0xe0) == 0x20;
    // 6to4 and Teredo hold an IPv4 address that nobody has looked at.
    boolean isTunnel =
        (first == 0x20 && second == 0x02)
            || Arrays.equals(Arrays.copyOf(bytes, 4), new byte[] {0x20, 0x01, 0, 0});
    return isGlobal && !isUnique && !isTunnel;
  }
}

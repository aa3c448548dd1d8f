package io.rivulet.bench.sessions;

import io.rivulet.bench.readers.ReadAddress;
import io.rivulet.bench.readers.ReadProtocol;
import java.net.InetSocketAddress;

/** Immutable. An address by a rule for its paths. */
record PathAddress(InetSocketAddress server, ReadProtocol protocol, Paths paths)
    implements ReadAddress {
  /** A rule for paths. */
  @FunctionalInterface
  interface Paths {
    String of(int session, String place);
  }

  @Override
  public String path(int session, String place) {
    return paths.of(session, place);
  }

  /** A live read of Durable Streams. */
  static String live(String path, String place) {
    return path + "?offset=" + (place.isEmpty() ? "-1" : place) + "&live=sse";
  }
}

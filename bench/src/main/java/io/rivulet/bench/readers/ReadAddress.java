package io.rivulet.bench.readers;

import java.net.InetSocketAddress;

/** Immutable. Where sessions are read. */
public interface ReadAddress {
  /** The server. */
  InetSocketAddress server();

  /** How its events are to be understood. */
  ReadProtocol protocol();

  /**
   * The path of a session's events.
   *
   * @param place where the reader is; empty: at the beginning
   */
  String path(int session, String place);
}

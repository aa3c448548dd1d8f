package io.rivulet.server.rocketmq.route;

import java.util.List;

/** Safe for all threads. The other servers at which clients get the same answers just now. */
@FunctionalInterface
public interface Neighbours {
  /** A server of its own has none. */
  Neighbours NONE = List::of;

  /** Immutable. One of them: its name in routes, and where clients reach it. */
  record Neighbour(String brokerName, String host, int port) {}

  List<Neighbour> now();
}

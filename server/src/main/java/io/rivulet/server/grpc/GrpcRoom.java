package io.rivulet.server.grpc;

import io.grpc.ServerServiceDefinition;
import java.util.List;

/**
 * The services of one protocol. Their handlers run on the event loops: they must hand work on and
 * never wait.
 */
public interface GrpcRoom {
  List<ServerServiceDefinition> services();

  /**
   * Answers what waits with nothing and ends the open streams, so that clients turn elsewhere.
   * Called once, when the server begins to stop; must not wait.
   */
  void drain();
}

package io.rivulet.server.rivulet;

import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.GrpcRoom;
import io.rivulet.server.token.Tokens;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Safe for all threads: immutable. The services of rivulet.v1. */
public final class RivuletRoom implements GrpcRoom {
  private final WaitingCalls waiting = new WaitingCalls();
  private final List<ServerServiceDefinition> services;

  /**
   * @param maxPageMessages the engine's bound of messages in one reply
   * @param background where files are written
   * @param cluster that this server is a node of, if it is
   */
  public RivuletRoom(
      Engine engine,
      Returns returns,
      Clock clock,
      ServerInfo info,
      int maxPageMessages,
      Tokens tokens,
      Executor background,
      Optional<ClusterControl> cluster) {
    this.services =
        List.of(
            ServerInterceptors.intercept(
                new MessageServiceEndpoint(engine, returns, clock, waiting, maxPageMessages).bind(),
                new Peer()),
            new AdminServiceEndpoint(engine, clock, info, maxPageMessages).bindService(),
            new SchedulingServiceEndpoint(engine).bindService(),
            new TokenServiceEndpoint(tokens, background).bindService(),
            new ClusterServiceEndpoint(cluster).bindService());
  }

  @Override
  public List<ServerServiceDefinition> services() {
    return services;
  }

  /** Ends what waits with UNAVAILABLE: its clients come back to the server's next life. */
  @Override
  public void drain() {
    waiting.drain();
  }
}

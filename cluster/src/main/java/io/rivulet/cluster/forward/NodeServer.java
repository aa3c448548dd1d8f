package io.rivulet.cluster.forward;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.LastAnswers;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.time.Clock;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: no state of its own; each stream has its own. Answers what other nodes ask
 * of this one: calls of a shard that it serves, and calls about all of them.
 */
public final class NodeServer {
  /** What channels and servers must let in. */
  public static final int MOST_FRAME_BYTES = Parts.MOST_FRAME_BYTES;

  /** As much may be on its way in front of a small call: enough for 10 Gbit/s and 0.8 ms. */
  public static final int WINDOW_BYTES = 1 << 20;

  private final Targets targets;
  private final LinkGround ground;
  private final Clock clock;
  private final BiConsumer<String, List<LastAnswers.Doubt>> lost;
  private final Returns returns;

  /**
   * Immutable. Who answers.
   *
   * @param shards the engine of a shard that is served here, or null
   * @param reports what this node says of itself
   */
  public record Targets(IntFunction<@Nullable Engine> shards, NodeCalls node, NodeReports reports) {
    @Nullable Object of(int shard) {
      return switch (shard) {
        case NodeProtocol.NO_SHARD -> node;
        case NodeProtocol.REPORT -> reports;
        default -> shards.apply(shard);
      };
    }
  }

  /**
   * @param lost hears for which clients of a node what may not have arrived: once for each stream
   *     that it had opened, when that has ended, and when something could not be sent to it. Must
   *     not wait
   * @param returns takes back what polls were answered with when nobody waits for it any more
   */
  public NodeServer(
      Targets targets,
      LinkGround ground,
      Clock clock,
      BiConsumer<String, List<LastAnswers.Doubt>> lost,
      Returns returns) {
    this.targets = targets;
    this.ground = ground;
    this.clock = clock;
    this.lost = lost;
    this.returns = returns;
  }

  /** For a gRPC server of the cluster's own port. */
  public ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(NodeProtocol.SERVICE)
        .addMethod(NodeProtocol.LINK, this::open)
        .build();
  }

  private ServerCall.Listener<Frame> open(ServerCall<Frame, Frame> stream, Metadata head) {
    NodeProtocol.Caller caller = NodeProtocol.Caller.of(head);
    return AnswerStream.open(
        stream,
        caller,
        targets,
        ground,
        new AnswerStream.Doubtful(
            new LastAnswers(clock), doubts -> lost.accept(caller.node(), doubts), returns));
  }
}

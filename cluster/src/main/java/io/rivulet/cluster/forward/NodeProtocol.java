package io.rivulet.cluster.forward;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.Hash;
import java.nio.charset.StandardCharsets;

/**
 * Immutable. How nodes talk: one gRPC method, a stream of {@linkplain Frame frames} both ways that
 * stays open. Calls go one way, answers the other; {@link Parts} says what a frame is made of. Who
 * opens the stream says in its head who it is and which version of the calls it means. A node that
 * does not serve the shard answers FAILED_PRECONDITION and has done nothing.
 */
final class NodeProtocol {
  static final String SERVICE = "rivulet.cluster.Node";
  static final int NO_SHARD = -1;

  /** Asks for the node's report. */
  static final int REPORT = -2;

  private static final ValueCodecs CODECS = new ValueCodecs();
  static final CallTable ENGINE = new CallTable(Engine.class, CODECS);
  static final CallTable NODE = new CallTable(NodeCalls.class, CODECS);
  static final CallTable REPORTS = new CallTable(NodeReports.class, CODECS);

  /** Of reports apart: versions that report differently may serve each other all the same. */
  private static final long CALLS = Hash.mix(ENGINE.fingerprint()) ^ NODE.fingerprint();

  private static final long REPORTING = REPORTS.fingerprint();

  static final MethodDescriptor<Frame, Frame> LINK =
      MethodDescriptor.<Frame, Frame>newBuilder()
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Link"))
          .setRequestMarshaller(new Frame.Marshaller())
          .setResponseMarshaller(new Frame.Marshaller())
          .build();

  private static final Metadata.Key<byte[]> NAME =
      Metadata.Key.of("rivulet-node-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final Metadata.Key<String> CALLS_KEY =
      Metadata.Key.of("rivulet-calls", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> REPORTING_KEY =
      Metadata.Key.of("rivulet-reports", Metadata.ASCII_STRING_MARSHALLER);

  private NodeProtocol() {}

  /**
   * Immutable. Who has opened a stream.
   *
   * @param node its name; empty: it did not say
   * @param calls the fingerprint of what it asks of shards and nodes
   * @param reporting the fingerprint of what it asks for reports
   */
  record Caller(String node, String calls, String reporting) {
    /** As this version introduces itself. */
    static Caller named(String node) {
      return new Caller(node, Long.toHexString(CALLS), Long.toHexString(REPORTING));
    }

    static Caller of(Metadata head) {
      byte[] name = head.get(NAME);
      String calls = head.get(CALLS_KEY);
      String reporting = head.get(REPORTING_KEY);
      return new Caller(
          name == null ? "" : new String(name, StandardCharsets.UTF_8),
          calls == null ? "" : calls,
          reporting == null ? "" : reporting);
    }

    Metadata head() {
      Metadata head = new Metadata();
      head.put(NAME, node.getBytes(StandardCharsets.UTF_8));
      head.put(CALLS_KEY, calls);
      head.put(REPORTING_KEY, reporting);
      return head;
    }

    /** Whether both mean the same by what is asked of a shard, or of the node. */
    boolean isUnderstood(int shard) {
      return shard == REPORT
          ? reporting.equals(Long.toHexString(REPORTING))
          : calls.equals(Long.toHexString(CALLS));
    }
  }

  static CallTable table(int shard) {
    return switch (shard) {
      case NO_SHARD -> NODE;
      case REPORT -> REPORTS;
      default -> ENGINE;
    };
  }
}

package io.rivulet.cluster.forward;

import io.grpc.MethodDescriptor;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.Engine;
import io.rivulet.engine.codec.Hash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Immutable. How nodes talk: one gRPC method. A request is fingerprint (long), shard (int, {@link
 * #NO_SHARD}, {@link #REPORT}: the node itself), number of the call (int) and its arguments; an
 * answer is the result. A node that does not serve the shard answers FAILED_PRECONDITION and has
 * done nothing.
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
  private static final long FINGERPRINT = Hash.mix(ENGINE.fingerprint()) ^ NODE.fingerprint();

  static final MethodDescriptor<byte[], byte[]> ASK =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Ask"))
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private NodeProtocol() {}

  static CallTable table(int shard) {
    return switch (shard) {
      case NO_SHARD -> NODE;
      case REPORT -> REPORTS;
      default -> ENGINE;
    };
  }

  /** Of reports apart: versions that report differently may serve each other all the same. */
  static long fingerprint(int shard) {
    return shard == REPORT ? REPORTS.fingerprint() : FINGERPRINT;
  }

  /** Immutable. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

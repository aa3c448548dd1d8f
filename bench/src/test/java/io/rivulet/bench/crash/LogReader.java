package io.rivulet.bench.crash;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.rivulet.api.v1.Edge;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.ReadFrom;
import io.rivulet.api.v1.ReadRequest;
import io.rivulet.api.v1.ReadResponse;
import io.rivulet.api.v1.StoredMessage;
import java.util.ArrayList;
import java.util.List;

/** Safe for all threads: a channel and nothing else. Reads lite topics without a group. */
public final class LogReader implements AutoCloseable {
  private static final int PAGE = 256;

  private final ManagedChannel channel;
  private final MessageServiceGrpc.MessageServiceBlockingStub stub;

  public LogReader(String endpoint) {
    this.channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
    this.stub = MessageServiceGrpc.newBlockingStub(channel).withWaitForReady();
  }

  /** The bodies of a lite topic from its first message to its last; offsets are checked. */
  public List<String> bodies(String topic, String liteTopic) {
    List<String> bodies = new ArrayList<>();
    ReadFrom from = ReadFrom.newBuilder().setEdge(Edge.EDGE_FIRST).build();
    while (true) {
      ReadResponse page =
          stub.read(
              ReadRequest.newBuilder()
                  .setTopic(topic)
                  .setLiteTopic(liteTopic)
                  .setFrom(from)
                  .setMaxMessages(PAGE)
                  .build());
      if (page.getMessagesList().isEmpty()) {
        return bodies;
      }
      for (StoredMessage message : page.getMessagesList()) {
        if (message.getOffset() != bodies.size()) {
          throw new AssertionError(
              "offset " + message.getOffset() + " where " + bodies.size() + " was due");
        }
        bodies.add(message.getMessage().getBody().toStringUtf8());
      }
      from = ReadFrom.newBuilder().setToken(page.getToken()).build();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}

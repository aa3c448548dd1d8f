package io.rivulet.server;

import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.MessagingServiceGrpc.MessagingServiceBlockingStub;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.rivulet.server.grpc.EventLoops;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Immutable. Calls the server as a client would, before clients can: the first calls load classes
 * and run uncompiled, and official clients give up after three seconds, three times.
 *
 * <p>Every call is one that is answered with a refusal or with nothing, so none leaves a trace. The
 * server's own certificate is not verified: what is at the other end is known.
 */
final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final int ROUNDS = 3;
  private static final long DEADLINE_MILLIS = 500;
  private static final String NOBODY = "rivulet-warm-up";

  private final int port;

  WarmUp(int port) {
    this.port = port;
  }

  void run() {
    try (EventLoops loop = new EventLoops("rivulet-warm-up", 1)) {
      call(channel(loop).usePlaintext().build());
      call(
          channel(loop)
              .sslContext(
                  GrpcSslContexts.forClient()
                      .trustManager(InsecureTrustManagerFactory.INSTANCE)
                      .build())
              .build());
    } catch (SSLException e) {
      LOG.debug("not warmed up with TLS", e);
    }
  }

  private NettyChannelBuilder channel(EventLoops loop) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .channelType(NioSocketChannel.class)
        .eventLoopGroup(loop.group())
        .directExecutor();
  }

  private static void call(ManagedChannel channel) {
    try {
      Metadata caller = new Metadata();
      caller.put(key("x-mq-client-id"), NOBODY);
      caller.put(key("x-mq-language"), "JAVA");
      caller.put(key("x-mq-protocol"), "v2");
      MessagingServiceBlockingStub stub =
          MessagingServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(caller));
      for (int round = 0; round < ROUNDS; round++) {
        callOnce(stub.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS));
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private static void callOnce(MessagingServiceBlockingStub stub) {
    Resource nowhere = Resource.newBuilder().setName(NOBODY).build();
    attempt(() -> stub.queryRoute(QueryRouteRequest.newBuilder().setTopic(nowhere).build()));
    attempt(() -> stub.heartbeat(HeartbeatRequest.getDefaultInstance()));
    attempt(() ->
        stub.sendMessage(
            SendMessageRequest.newBuilder()
                .addMessages(Message.newBuilder().setTopic(nowhere))
                .build()));
    attempt(() ->
        stub.receiveMessage(ReceiveMessageRequest.getDefaultInstance())
            .forEachRemaining(reply -> {}));
  }

  private static void attempt(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      LOG.debug("a practice call ended with {}", e.getStatus());
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}

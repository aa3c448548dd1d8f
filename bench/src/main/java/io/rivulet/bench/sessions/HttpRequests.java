package io.rivulet.bench.sessions;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: everything happens on one event loop. Requests of HTTP/1.1 over some
 * connections, one at a time on each; those with the same key go in the order in which they came.
 * What was not answered when a connection is lost goes again, and so does what is answered with
 * 503, or with 404: the reference server of Durable Streams (0.3.7) now and then does not find a
 * stream that it has just made or written to.
 */
final class HttpRequests implements AutoCloseable {
  private static final int MAX_ANSWER_BYTES = 1 << 20;
  private static final long PAUSE_MILLIS = 20;
  private static final int FIRST_FAILURE_STATUS = 300;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  /** How often a request goes again that was answered as if it could be different soon. */
  private static final int MAX_REPEATS = 50;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Bootstrap bootstrap;
  private final String authority;
  private final List<Lane> lanes = new ArrayList<>();
  private final LongAdder repeated = new LongAdder();

  HttpRequests(InetSocketAddress server, int connections) {
    authority = server.getHostString() + ":" + server.getPort();
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .remoteAddress(server);
    for (int i = 0; i < connections; i++) {
      lanes.add(new Lane());
    }
  }

  /** Completes when the answer is a good one; fails with what it was otherwise. */
  CompletableFuture<?> send(
      int key, HttpMethod method, String path, Map<String, String> headers, byte[] body) {
    Call call =
        new Call(method, path, headers, Unpooled.wrappedBuffer(body), new CompletableFuture<>());
    loop.execute(() -> lanes.get(key % lanes.size()).add(call));
    return call.answer;
  }

  /** Requests that were answered with 404 or 503 and went again. */
  long repeated() {
    return repeated.sum();
  }

  @Override
  public void close() {
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Immutable. A request and who waits for its answer. */
  private record Call(
      HttpMethod method,
      String path,
      Map<String, String> headers,
      ByteBuf body,
      CompletableFuture<@Nullable Void> answer) {
    void answered(int status, String text) {
      if (status < FIRST_FAILURE_STATUS) {
        answer.complete(null);
      } else {
        answer.completeExceptionally(
            new IllegalStateException("%s %s: %d %s".formatted(method, path, status, text)));
      }
    }
  }

  /** Owned by the event loop. A connection, made when it is needed. */
  private final class Lane {
    private final ArrayDeque<Call> calls = new ArrayDeque<>();
    private @Nullable Channel channel;
    private boolean isConnecting;
    private int repeats;

    void add(Call call) {
      calls.add(call);
      if (calls.size() == 1) {
        sendFirst();
      }
    }

    private void sendFirst() {
      Channel open = channel;
      Call call = calls.peek();
      if (call == null || isConnecting) {
        return;
      }
      if (open == null) {
        connect();
        return;
      }
      DefaultFullHttpRequest request =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1, call.method, call.path, call.body.retainedDuplicate());
      request.headers().set("host", authority).set("content-type", "text/plain");
      call.headers.forEach((name, value) -> request.headers().set(name, value));
      HttpUtil.setContentLength(request, call.body.readableBytes());
      var _ = open.writeAndFlush(request);
    }

    private void connect() {
      isConnecting = true;
      ChannelInitializer<Channel> pipeline =
          new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel made) {
              made.pipeline()
                  .addLast(
                      new HttpClientCodec(),
                      new HttpObjectAggregator(MAX_ANSWER_BYTES),
                      new Answers(Lane.this));
            }
          };
      var connecting = bootstrap.clone().handler(pipeline).connect();
      var _ =
          connecting.addListener(connected -> {
            isConnecting = false;
            if (connected.isSuccess()) {
              channel = connecting.channel();
              sendFirst();
            } else {
              again();
            }
          });
    }

    void answered(int status, String text) {
      boolean isForNow = status == NOT_FOUND || status == UNAVAILABLE;
      if (isForNow && repeats < MAX_REPEATS) {
        repeats++;
        repeated.increment();
        again();
        return;
      }
      repeats = 0;
      calls.remove().answered(status, text);
      sendFirst();
    }

    private void again() {
      var _ = loop.schedule(this::sendFirst, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    void lost() {
      channel = null;
      again();
    }
  }

  /** Owned by the event loop. What comes on a lane's connection. */
  private static final class Answers extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final Lane lane;

    Answers(Lane lane) {
      this.lane = lane;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      lane.answered(response.status().code(), response.content().toString(UTF_8));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      lane.lost();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }
}
